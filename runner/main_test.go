//go:build unix

package runner

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"hotreload/internal/supervise"
)

// The test binary is the apps and their supervisor, too.
func TestMain(m *testing.M) {
	if supervise.IsSupervisor() {
		os.Exit(supervise.Main())
	}
	if app := apps[os.Getenv("RUNNER_TEST_APP")]; app != nil {
		app()
		return
	}
	for _, more := range []map[string]func(){swapApps, plainApps, lockingApps, replacingApps} {
		if app := more[os.Getenv("RUNNER_TEST_APP")]; app != nil {
			app()
			return
		}
	}
	goleak.VerifyTestMain(m)
}
