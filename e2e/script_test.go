package e2e

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts are what a user types and what it results in, bad input above all.
func TestScript(t *testing.T) {
	cache := goCache(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("GOCACHE", cache)
			e.Setenv("GOPROXY", "off")
			e.Setenv("GOFLAGS", "")
			e.Setenv("XDG_RUNTIME_DIR", "")
			e.Setenv("XDG_CACHE_HOME", e.WorkDir+"/.cache")
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
