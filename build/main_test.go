package build

import (
	"log"
	"os"
	"testing"

	"go.uber.org/goleak"

	"hotreload/build/internal/modtest"
	"hotreload/internal/supervise"
)

// The test binary is the supervisor of the builds, too.
func TestMain(m *testing.M) {
	if supervise.IsSupervisor() {
		os.Exit(supervise.Main())
	}
	if StandsIn() {
		os.Exit(StandIn())
	}
	modtest.Offline()
	restore, err := modtest.Eager()
	if err != nil {
		log.Fatal(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		restore()
		os.Exit(status)
	}))
}
