package cli

import (
	"os"
	"testing"

	"hotreload/internal/supervise"
)

// TestMain makes the test binary the supervisor of the go command, too.
func TestMain(m *testing.M) {
	if supervise.IsSupervisor() {
		os.Exit(supervise.Main())
	}
	os.Exit(m.Run())
}
