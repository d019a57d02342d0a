package ui

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"hotreload/session"
	"hotreload/ui/internal/recorded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "rewrite the goldens")

// golden compares a text with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: -want +got:\n%s", file, diff)
	}
}

// replay shows updates to their end.
func replay(o Options, updates ...session.Update) {
	c := make(chan session.Update)
	go func() {
		defer close(c)
		for _, u := range updates {
			c <- u
		}
	}()
	Run(o, c)
}

// notLost is for writers that never fail.
func notLost(t *testing.T) func(error) {
	return func(err error) { t.Errorf("Lost was called: %v", err) }
}

// A session in each mode but the screen.
func TestReplay(t *testing.T) {
	t.Run("plain", func(t *testing.T) {
		var out, err bytes.Buffer
		replay(Options{Mode: Plain, Out: &out, Err: &err, Lost: notLost(t)}, recorded.ADay()...)
		golden(t, "plain.stdout", out.Bytes())
		golden(t, "plain.stderr", err.Bytes())
	})
	t.Run("plain on a terminal", func(t *testing.T) {
		var screen bytes.Buffer
		replay(Options{Mode: Plain, Out: &screen, Err: &screen, Terminal: true, Lost: notLost(t)}, recorded.ADay()...)
		golden(t, "plain.terminal", screen.Bytes())
	})
	t.Run("json", func(t *testing.T) {
		var out, err bytes.Buffer
		replay(Options{Mode: JSON, Out: &out, Err: &err, Lost: notLost(t)}, recorded.ADay()...)
		golden(t, "json.stdout", out.Bytes())
		golden(t, "json.stderr", err.Bytes())
	})
}

// In plain mode the app's bytes pass through, whatever they are.
func TestBytesPassThrough(t *testing.T) {
	var out bytes.Buffer
	want := "\x00\xff\xfe\r\n\x1b[31mred\x1b[0m\xe4\xb8"
	r := recorded.Recording{}
	for i := range len(want) {
		r.Tell(session.AppOutput{Stream: "stdout", Bytes: []byte(want[i : i+1])})
	}
	r.Tell(session.AppOutput{Stream: "stdout", Lines: []string{"the end of a line that was shown"}})
	replay(Options{Mode: Plain, Out: &out, Err: io.Discard, Lost: notLost(t)}, r.Updates...)
	if out.String() != want {
		t.Errorf("stdout is %q, want %q", &out, want)
	}
}

// Our own lines begin at the start of a line as far as we know: on a terminal after
// both streams, else after stderr.
func TestMidLine(t *testing.T) {
	note := session.Note{Text: "note"}
	for name, test := range map[string]struct {
		events           []session.Data
		terminal, stderr string
	}{
		"after full lines":      {[]session.Data{recorded.Printed("stdout", "a\n"), recorded.Printed("stderr", "b\n"), note}, "a\nb\nhotreload: note\n", "b\nhotreload: note\n"},
		"after part of stdout":  {[]session.Data{recorded.Printed("stdout", "a"), note}, "a\nhotreload: note\n", "hotreload: note\n"},
		"after part of stderr":  {[]session.Data{recorded.Printed("stderr", "b"), note}, "b\nhotreload: note\n", "b\nhotreload: note\n"},
		"once":                  {[]session.Data{recorded.Printed("stderr", "b"), note, note}, "b\nhotreload: note\nhotreload: note\n", "b\nhotreload: note\nhotreload: note\n"},
		"after its rest":        {[]session.Data{recorded.Printed("stderr", "b"), recorded.Printed("stderr", "c\n"), note}, "bc\nhotreload: note\n", "bc\nhotreload: note\n"},
		"after another's start": {[]session.Data{recorded.Printed("stderr", "b"), recorded.Printed("stdout", "a\n"), note}, "ba\nhotreload: note\n", "b\nhotreload: note\n"},
		"after an empty piece":  {[]session.Data{recorded.Printed("stderr", "b"), recorded.Printed("stderr", ""), note}, "b\nhotreload: note\n", "b\nhotreload: note\n"},
		"not for silent events": {[]session.Data{recorded.Printed("stderr", "b"), session.AppStart{PID: 1}, recorded.Printed("stderr", "c")}, "bc", "bc"},
		"of several lines":      {[]session.Data{recorded.Printed("stderr", "b"), session.Note{Text: "one\ntwo"}}, "b\nhotreload: one\nhotreload: two\n", "b\nhotreload: one\nhotreload: two\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := recorded.Recording{}
			r.Tell(test.events...)
			var screen, stderr bytes.Buffer
			replay(Options{Mode: Plain, Out: &screen, Err: &screen, Terminal: true, Lost: notLost(t)}, r.Updates...)
			if screen.String() != test.terminal {
				t.Errorf("the terminal has %q, want %q", &screen, test.terminal)
			}
			replay(Options{Mode: Plain, Out: io.Discard, Err: &stderr, Lost: notLost(t)}, r.Updates...)
			if stderr.String() != test.stderr {
				t.Errorf("stderr has %q, want %q", &stderr, test.stderr)
			}
		})
	}
}

// gone is a writer whose reader goes away after some writes.
type gone struct{ after int }

var errGone = errors.New("broken pipe")

func (g *gone) Write(p []byte) (int, error) {
	if g.after == 0 {
		return 0, errGone
	}
	g.after--
	return len(p), nil
}

// Lost is called once, and all updates are received even so.
func TestReaderThatIsGone(t *testing.T) {
	for name, o := range map[string]Options{
		"json":           {Mode: JSON, Out: &gone{3}, Err: io.Discard},
		"plain, stdout":  {Mode: Plain, Out: &gone{1}, Err: io.Discard},
		"plain, stderr":  {Mode: Plain, Out: io.Discard, Err: &gone{2}},
		"json, stderr":   {Mode: JSON, Out: io.Discard, Err: &gone{}},
		"from the start": {Mode: JSON, Out: &gone{}, Err: io.Discard},
	} {
		t.Run(name, func(t *testing.T) {
			var lost []error
			o.Lost = func(err error) { lost = append(lost, err) }
			replay(o, recorded.ADay()...) // returns when all are taken
			if len(lost) != 1 || !errors.Is(lost[0], errGone) {
				t.Errorf("Lost was called with %v, want once with %v", lost, errGone)
			}
		})
	}
}

func TestParseMode(t *testing.T) {
	for _, m := range []Mode{Auto, TUI, Plain, JSON} {
		if got, err := ParseMode(string(m)); got != m || err != nil {
			t.Errorf("ParseMode(%q) = %q, %v", m, got, err)
		}
	}
	if _, err := ParseMode("jsn"); err == nil || err.Error() != `unknown mode "jsn"; write auto, tui, plain or json` {
		t.Errorf("the error is %v, want one with the list", err)
	}
}
