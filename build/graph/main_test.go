package graph

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"hotreload/build/internal/modtest"
	"hotreload/internal/supervise"
)

// The test binary is the supervisor of go list, too.
func TestMain(m *testing.M) {
	if supervise.IsSupervisor() {
		os.Exit(supervise.Main())
	}
	modtest.Offline()
	goleak.VerifyTestMain(m)
}
