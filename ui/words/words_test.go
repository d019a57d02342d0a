package words

import (
	"slices"
	"testing"
	"time"

	"hotreload/session"
)

func TestWords(t *testing.T) {
	for want, got := range map[string]string{
		"1 file":        Plural(1, "file"),
		"0 files":       Plural(0, "file"),
		"2 files":       Plural(2, "file"),
		"1 directory":   Plural(1, "directory"),
		"2 directories": Plural(2, "directory"),
		"3 processes":   Plural(3, "process"),
		"1 process":     Plural(1, "process"),
		"0 ms":          Duration(0),
		"9999 ms":       Duration(9_999),
		"10s":           Duration(10_000),
		"1m30s":         Duration(90_400),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A long build is mentioned now and then.
func TestLongBuild(t *testing.T) {
	var teller Teller
	began := time.Date(2026, 11, 23, 9, 19, 24, 0, time.UTC)
	tell := func(after time.Duration, d session.Data) string {
		return teller.Tell(session.Update{Event: session.Event{Time: began.Add(after), Data: d}})
	}
	tell(0, session.BuildStart{})
	var said []string
	for n := range 12 {
		if text := tell(time.Duration(n+1)*time.Second, session.Compiling{Packages: n, Of: 512}); text != "" {
			said = append(said, text)
		}
	}
	if want := []string{"still building: 4 of up to 512 packages", "still building: 9 of up to 512 packages"}; !slices.Equal(said, want) {
		t.Errorf("got %q, want %q", said, want)
	}
}

// Only a process that takes the place of another one is worth a line at its start.
func TestReplacedItself(t *testing.T) {
	for want, d := range map[string]session.AppStart{
		"": {PID: 100},
		"v3 has replaced itself: process 101 serves in place of 100": {PID: 101, Replaces: 100},
	} {
		if got := new(Teller).Tell(session.Update{Event: session.Event{Gen: 3, Data: d}}); got != want {
			t.Errorf("%+v: %q, want %q", d, got, want)
		}
	}
}

// An app that is stopped is not worth a line, unless it had to be killed.
func TestStopped(t *testing.T) {
	for want, d := range map[string]session.AppExit{
		"":                                       {PID: 100, Expected: true, Signal: "SIGTERM"},
		"v3 was killed: it did not stop in time": {PID: 100, Expected: true, Signal: "SIGKILL", Killed: true},
	} {
		if got := new(Teller).Tell(session.Update{Event: session.Event{Gen: 3, Data: d}}); got != want {
			t.Errorf("%+v: %q, want %q", d, got, want)
		}
	}
}
