//go:build unix

package tty

import (
	"bufio"
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func TestMain(m *testing.M) {
	if IsGuard() {
		os.Exit(RunGuard())
	}
	os.Exit(m.Run())
}

// open opens a terminal, and returns its modes.
func open(t *testing.T) (ours, theirs *os.File, before State) {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	if before, err = Get(theirs); err != nil {
		t.Fatal(err)
	}
	return ours, theirs, before
}

// die is the end of the guarded program, as the guard sees it.
func die(g *Guard) {
	g.to.Close()
	_ = g.cmd.Wait()
}

// If the program ends without a word, the guard restores the terminal: its modes, unless
// somebody else has set others, and what the app had set up last.
func TestGuardKeys(t *testing.T) {
	for name, test := range map[string]struct {
		end      func(g *Guard, theirs *os.File)
		restored bool
		shows    string
	}{
		"killed":        {func(g *Guard, _ *os.File) { g.Leave("first"); g.Leave("\x1b[?1049lsecond"); die(g) }, true, "\x1b[?1049lsecond"},
		"nothing drawn": {func(g *Guard, _ *os.File) { g.Leave("first"); g.Leave(""); die(g) }, true, ""},
		"a good end":    {func(g *Guard, _ *os.File) { g.Leave("first"); g.End() }, false, ""},
		"a shell has it": {func(g *Guard, theirs *os.File) {
			now, _ := Get(theirs)
			now.termios.Cc[0]++
			_ = now.Set(theirs)
			die(g)
		}, false, ""},
		"no guard": {func(g *Guard, _ *os.File) { (*Guard)(nil).Leave("x"); (*Guard)(nil).Abandon(); g.End() }, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs, before := open(t)
			if err := before.Keys(theirs); err != nil {
				t.Fatal(err)
			}
			g := GuardKeys(theirs, before)
			if g == nil {
				t.Fatal("there is no guard")
			}
			test.end(g, theirs)
			if now, err := Get(theirs); err != nil || (now == before) != test.restored {
				t.Errorf("the modes are restored: %v, %v", now == before, err)
			}
			if _, err := theirs.WriteString("."); err != nil {
				t.Fatal(err)
			}
			got, err := bufio.NewReader(ours).ReadString('.')
			if err != nil || got != test.shows+"." {
				t.Errorf("the terminal was sent %q, %v, want %q", got, err, test.shows)
			}
		})
	}
}

// What is not an order is the text of a panic, also where an order was cut.
func TestGuardListens(t *testing.T) {
	for told, want := range map[string]string{
		`{"Leave":"a"}` + "\n": "a, ",
		`{"Leave":"a"}` + "\n" + order + `"b"` + "\n" + order + `"c`: "b, ",
		`{"Leave":"a"}` + "\npanic: x\n\ngoroutine 1\n":              "a, panic: x\n\ngoroutine 1\n",
		`{"Leave":"a"}` + "\n" + farewell:                            "nothing",
		`{"Leave":"a"}` + "\n" + order + `"b"` + "\n" + farewell:     "nothing",
		"":      "nothing",
		`{"Lea`: "nothing",
	} {
		got := "nothing"
		if d, crash, ok := listen(strings.NewReader(told)); ok {
			got = d.Leave + ", " + crash
		}
		if got != want {
			t.Errorf("%q: %q, want %q", told, got, want)
		}
	}
}

// Ctrl-Z is found among the keys, unless the terminal has another key for it, or none.
func TestCutSuspend(t *testing.T) {
	_, _, state := open(t)
	if before, suspends := state.CutSuspend([]byte("ab\x1acd")); string(before) != "ab" || !suspends {
		t.Errorf("%q, %v", before, suspends)
	}
	if before, suspends := state.CutSuspend([]byte("ab")); string(before) != "ab" || suspends {
		t.Errorf("%q, %v", before, suspends)
	}
	none := State{state.keys()}
	if before, suspends := none.CutSuspend([]byte("\x1a\x00\xff")); !bytes.Equal(before, []byte("\x1a\x00\xff")) || suspends {
		t.Errorf("%q, %v", before, suspends)
	}
}

// An app's terminal edits lines as the user's does, but that no key stops the app.
func TestLike(t *testing.T) {
	_, users, state := open(t)
	state.termios.Cc[2] = 'x' // erases
	if err := state.Set(users); err != nil {
		t.Fatal(err)
	}
	_, apps, _ := open(t)
	if err := state.Like(apps); err != nil {
		t.Fatal(err)
	}
	got, err := Get(apps)
	if err != nil || got.termios.Cc[2] != 'x' {
		t.Errorf("%+v, %v", got, err)
	}
	if _, suspends := got.CutSuspend([]byte("\x1a")); suspends {
		t.Error("Ctrl-Z would stop the app")
	}
}
