package e2e

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"hotreload/internal/chromium"
	"hotreload/internal/cli"
	"hotreload/internal/supervise"
	"hotreload/internal/tty"
)

// slowTests is set where there is time for every case (CI): HOTRELOAD_SLOW_TESTS=1.
// Without it each kind of story is still told, with fewer rounds and variants.
var slowTests = os.Getenv("HOTRELOAD_SLOW_TESTS") != ""

// slow skips a variant of a story where time is short.
func slow(t *testing.T) {
	t.Helper()
	if !slowTests {
		t.Skip("set HOTRELOAD_SLOW_TESTS=1 to run it")
	}
}

// rounds is how often something is done.
func rounds(quick, all int) int {
	if slowTests {
		return all
	}
	return quick
}

// theBrowser is what stories look at pages with.
var theBrowser chromium.Browser

// TestMain makes the test binary hotreload and its supervisor, too.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_HOTRELOAD") != "" || supervise.IsSupervisor() || tty.IsGuard() {
		os.Exit(cli.Main(os.Args[1:], sources()))
	}
	testscript.Main(withBrowser{m}, map[string]func(){
		"hotreload": func() { os.Exit(cli.Main(os.Args[1:], sources())) },
	})
}

// withBrowser ends the browser after the last test.
type withBrowser struct{ *testing.M }

func (m withBrowser) Run() int {
	defer theBrowser.Close()
	return m.M.Run()
}
