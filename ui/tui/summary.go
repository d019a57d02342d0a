package tui

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotreload/session"
	"hotreload/ui/words"
)

// tally counts what the summary of a session says.
type tally struct {
	began        time.Time
	changes      int  // since the last plan
	saved        bool // the present cycle answers a save, not a command
	saves        int  // changes that had an effect
	live, failed int
	same         int
	times        []int64 // from save to served
	served       session.Serving
	reason       string
	project      string
	exits        int
}

func (t *tally) take(u session.Update) {
	if u.State.Serving.PID != 0 {
		t.served = u.State.Serving
	}
	switch d := u.Event.Data.(type) {
	case session.SessionStart:
		t.began, t.project = u.Event.Time, filepath.Base(d.Root)
	case session.Change:
		t.changes++
	case session.Plan:
		if d.Rung != session.None {
			t.saves += t.changes
			t.saved = t.saved || t.changes > 0
		}
		t.changes = 0
	case session.AppExit:
		if !d.Expected {
			t.exits++
		}
		if !d.Expected && d.Code == 0 { // a command that has done its work served nobody
			t.served = session.Serving{}
		}
	case session.Cycle:
		switch {
		case d.Result == session.OK && d.Rung == session.Browser: // there is no version
		case d.Result == session.OK:
			t.live++
			if t.saved {
				t.times = append(t.times, d.TotalMS)
			}
		case d.Result == session.Failed:
			t.failed++
		case d.BuildMS > 0 && !d.Overtaken:
			t.same++
		}
		t.saved = false
	case session.SessionEnd:
		t.reason = d.Reason
	}
}

// summary sums up a session in three lines.
func (t *tally) summary(now time.Time) string {
	if t.began.IsZero() {
		return ""
	}
	first := fmt.Sprintf("%s: %s", t.project, lasting(now.Sub(t.began)))
	if t.served.Gen > 0 {
		first += fmt.Sprintf(", v%d served last", t.served.Gen)
	}
	if t.reason != "" {
		first += "; ended: " + t.reason
	}
	second := fmt.Sprintf("%s, %s live, %d failed", words.Plural(t.saves, "save"), words.Plural(t.live, "version"), t.failed)
	if t.same > 0 {
		second += fmt.Sprintf(", %s identical", words.Plural(t.same, "build"))
	}
	if t.exits > 0 {
		second += fmt.Sprintf("; the app exited %s on its own", words.Plural(t.exits, "time"))
	}
	third := "from save to served: none"
	sorted := slices.Sorted(slices.Values(t.times))
	switch n := len(sorted); {
	case n == 1:
		third = "from save to served: " + words.Duration(sorted[0])
	case n > 1:
		third = fmt.Sprintf("from save to served: median %s, best %s, worst %s",
			words.Duration((sorted[(n-1)/2]+sorted[n/2])/2), words.Duration(sorted[0]), words.Duration(sorted[n-1]))
	}
	var b strings.Builder
	for _, l := range []string{first, second, third} {
		b.WriteString("hotreload: " + l + "\n")
	}
	return b.String()
}

func lasting(d time.Duration) string {
	if d < time.Minute {
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}
