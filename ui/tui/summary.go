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

// tally counts what the summary of a session tells.
type tally struct {
	began        time.Time
	told         int // changes since the last plan
	saves        int // changes of which something was to come
	live, failed int
	same         int
	times        []int64 // from save to served, of what was not the first start
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
		t.told++
	case session.Plan:
		if d.Rung != session.None {
			t.saves += t.told
		}
		t.told = 0
	case session.AppExit:
		if !d.Expected {
			t.exits++
		}
	case session.Cycle:
		switch {
		case d.Result == session.OK:
			t.live++
			if u.Event.Gen > 1 {
				t.times = append(t.times, d.TotalMS)
			}
		case d.Result == session.Failed:
			t.failed++
		case d.BuildMS > 0 && !d.Overtaken:
			t.same++
		}
	case session.SessionEnd:
		t.reason = d.Reason
	}
}

// summary is what a session came to, in three lines.
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
		second += fmt.Sprintf(", %s the same", words.Plural(t.same, "build"))
	}
	if t.exits > 0 {
		second += fmt.Sprintf(", %s of the app by itself", words.Plural(t.exits, "exit"))
	}
	third := "from save to served: nothing was saved and served"
	if n := len(t.times); n > 0 {
		sorted := slices.Sorted(slices.Values(t.times))
		third = fmt.Sprintf("from save to served: %s in the middle of %d, %s at best, %s at worst",
			words.Duration(sorted[n/2]), n, words.Duration(sorted[0]), words.Duration(sorted[n-1]))
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
