package session

import (
	"testing"
	"time"
)

// How often a file has to change at a start of the app before that counts as a loop
// depends on whether a person may have had a reason to change it just then.
func TestStartsToLoop(t *testing.T) {
	began := time.Unix(1000, 0)
	after := func(d time.Duration) time.Time { return began.Add(d) }
	for name, test := range map[string]struct {
		path    string
		at      time.Time
		told    time.Time
		listens bool
		want    int
	}{
		"before the start":                     {"/a.html", after(-1), time.Time{}, true, 0},
		"before it serves":                     {"/a.html", after(20), time.Time{}, true, maxRounds},
		"before it serves, source":             {"/a.go", after(20), time.Time{}, true, 5 * maxRounds},
		"once it serves":                       {"/a.html", after(60), after(50), true, 5 * maxRounds},
		"once it runs, without a port":         {"/a.html", after(60), after(50), false, 2*maxRounds - 1},
		"once it runs, without a port, source": {"/a.go", after(60), after(50), false, 0},
		"once it serves, source":               {"/a.go", after(60), after(50), true, 0},
		"long after":                           {"/a.html", after(10 + echo + 1), after(50), false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var s State
			s.writes = s.writes.launched(began, test.listens)
			s.writes.launch.started, s.writes.launch.told = after(10), test.told
			if got := s.startsToLoop(test.path, test.at); got != test.want {
				t.Errorf("%d starts, want %d", got, test.want)
			}
		})
	}
	if got := (State{}).startsToLoop("/a.html", began); got != 0 {
		t.Errorf("%d starts before the first, want 0", got)
	}
}

// Only of files that commands wrote it is asked what is in them now.
func TestKnownWrites(t *testing.T) {
	w := writes{left: map[string]string{"left": ""}, rounds: map[string]round{"counted": {n: 1}, "printed": {n: 1, print: "x"}}}
	for path, want := range map[string]bool{"left": true, "printed": true, "counted": false, "other": false} {
		if got := w.knows(path); got != want {
			t.Errorf("knows(%s) = %v, want %v", path, got, want)
		}
	}
}
