package ui

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/session"
	"hotreload/ui/internal/recorded"
)

// Swaps in words: one succeeds, one fails, one is rolled back.
func TestSwapInWords(t *testing.T) {
	r := &recorded.Recording{Gen: 2}
	r.Serve(2, "localhost:8080")
	r.Tell(
		session.SwapDone{Strategy: "socket", Carried: []string{"visits"}, Dropped: map[string]string{"cart": "the app no longer keeps it"}},
		session.Cycle{Result: session.OK, Rung: session.Swap, BuildMS: 300, TotalMS: 390},
	)
	r.Gen = 3
	r.Tell(
		session.Plan{Rung: session.Swap, Build: true, Reason: "main.go is part of package app; the app uses hot"},
		session.AppExit{PID: 300, Code: 1, MS: 7, Hint: "it was not ready"},
		session.Cycle{Result: session.Failed, Rung: session.Swap},
	)
	r.State.Serving = session.Serving{}
	r.Gen = 2
	r.Tell(
		session.AppExit{PID: 200, Code: 2, MS: 1234, Rollback: true},
		session.SwapRollback{Strategy: "socket", MS: 900, Reason: "it exited with status 2", To: 1},
	)
	r.Gen = 4
	r.Tell(session.SwapRollback{Strategy: "proxy", Reason: "it exited with status 4", To: 1})
	var out, err bytes.Buffer
	replay(Options{Mode: Plain, Out: &out, Err: &err, Lost: notLost(t)}, r.Updates...)
	want := `hotreload: cart was not carried over: the app no longer keeps it
hotreload: v2 took over after 390 ms
hotreload: main.go is part of package app; the app uses hot: build and swap
hotreload: the app exited with status 1 after 7 ms; v2 keeps serving
hotreload: it was not ready
hotreload: the app exited with status 2 after 1234 ms
hotreload: v2 failed 900 ms after it took over: it exited with status 2; starting v1 again
hotreload: v4 did not become ready: it exited with status 4; starting v1 again
`
	if diff := cmp.Diff(want, err.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
