package tui

import (
	"strings"
	"testing"
	"time"

	"hotreload/session"
)

// The summary names the version that served last, if one served: not a command that ended.
func TestServedLast(t *testing.T) {
	for name, test := range map[string]struct {
		exit session.AppExit
		want bool
	}{
		"stopped":          {session.AppExit{PID: 7, Expected: true}, true},
		"crashed":          {session.AppExit{PID: 7, Code: 2}, true},
		"done by itself":   {session.AppExit{PID: 7}, false},
		"killed by others": {session.AppExit{PID: 7, Code: -1, Signal: "SIGKILL"}, true},
	} {
		var tally tally
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		take := func(serving session.Serving, data session.Data) {
			tally.take(session.Update{Event: session.Event{Time: at, Data: data}, State: session.State{View: session.View{Serving: serving}}})
		}
		take(session.Serving{}, session.SessionStart{Root: "/app"})
		take(session.Serving{Gen: 4, PID: 7}, session.AppReady{PID: 7})
		take(session.Serving{}, test.exit)
		if got := tally.summary(at); strings.Contains(got, "v4 served last") != test.want {
			t.Errorf("%s: it says %q", name, got)
		}
	}
}
