package e2e

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"hotreload/internal/cli"
	"hotreload/internal/supervise"
	"hotreload/ui/tui"
)

// TestMain makes the test binary hotreload and its supervisor, too.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_HOTRELOAD") != "" || supervise.IsSupervisor() || tui.IsGuard() {
		os.Exit(cli.Main(os.Args[1:], sources()))
	}
	testscript.Main(m, map[string]func(){
		"hotreload": func() { os.Exit(cli.Main(os.Args[1:], sources())) },
	})
}
