//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// screen is a session on a terminal that tmux provides.
type screen struct {
	*tool
	server  string        // a name of its own
	run     string        // the directory of what the shell notes
	changed chan struct{} // holds a token when something was written since it was looked at
}

// startScreen runs a shell that runs hotreload in dir, on a terminal of 80x24, with
// more of the environment.
func startScreen(t *testing.T, dir string, env []string, args ...string) *screen {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	cmd := command(t, dir, append([]string{"--ui", "tui"}, args...)...)
	run := t.TempDir()
	s := &screen{
		tool:    &tool{t: t, dir: dir, cmd: cmd},
		server:  "hotreload-" + filepath.Base(filepath.Dir(run)) + "-" + fmt.Sprint(os.Getpid()),
		run:     run,
		changed: make(chan struct{}, 1),
	}
	s.marker = newMarker()
	var line strings.Builder
	line.WriteString("stty -g >" + quoted(filepath.Join(run, "before")) + "; env")
	own := len(os.Environ())
	for _, pair := range append(append(cmd.Env[own:], s.marker, "TMUX="), env...) {
		line.WriteString(" " + quoted(pair))
	}
	for _, arg := range cmd.Args {
		line.WriteString(" " + quoted(arg))
	}
	line.WriteString("; echo ended with status $?; echo the shell is back; exec sleep 1000")

	wire := filepath.Join(run, "wire")
	if err := exec.Command("mkfifo", wire).Run(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-L", s.server, "kill-server").Run()
		s.done.Wait()
		if left := s.processes(); len(left) > 0 && !t.Failed() {
			t.Errorf("processes left behind: %v", left)
		}
	})
	// The shell waits for a line, so that nothing is written before it is listened to.
	s.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", dir, "sh", "-c", "read line; "+line.String())
	s.tmux("pipe-pane", "-O", "cat >"+quoted(wire))
	listening, err := os.Open(wire)
	if err != nil {
		t.Fatal(err)
	}
	s.done.Go(func() { s.listen(listening) })
	s.keys("Enter")
	return s
}

// listen notices that something is written to the terminal.
func (s *screen) listen(wire *os.File) {
	defer wire.Close()
	for buf := make([]byte, 1<<16); ; {
		if _, err := wire.Read(buf); err != nil {
			return
		}
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

func quoted(arg string) string { return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'" }

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", s.server}, args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

func (s *screen) keys(names ...string) {
	s.t.Helper()
	s.tmux(append([]string{"send-keys"}, names...)...)
}

func (s *screen) see() string { s.t.Helper(); return s.tmux("capture-pane", "-p") }

// await waits until the screen has all of some texts, and returns it.
func (s *screen) await(texts ...string) string {
	s.t.Helper()
	return s.awaitThat(fmt.Sprintf("%q", texts), func(view string) bool {
		for _, text := range texts {
			if !strings.Contains(view, text) {
				return false
			}
		}
		return true
	})
}

// awaitThat waits until something holds for the screen.
func (s *screen) awaitThat(what string, holds func(view string) bool) string {
	s.t.Helper()
	timeout := time.After(patience)
	for {
		view := s.see()
		if holds(view) {
			return view
		}
		select {
		case <-s.changed:
		case <-timeout:
			s.t.Fatalf("the screen never had %s:\n%s", what, view)
		}
	}
}

// edit replaces text in a file of the project.
func (s *screen) edit(name, old, with string) {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	write(s.t, file, strings.Replace(read(s.t, file), old, with, 1))
}

// terminal is what the terminal is set to: alternate screen, cursor, mouse.
func (s *screen) terminal() string {
	s.t.Helper()
	return strings.TrimSpace(s.tmux("display-message", "-p", "alternate #{alternate_on} cursor #{cursor_flag} mouse #{mouse_any_flag}"))
}

// left checks that the terminal is as it was before hotreload.
func (s *screen) left() {
	s.t.Helper()
	if got, want := s.terminal(), "alternate 0 cursor 1 mouse 0"; got != want {
		s.t.Errorf("the terminal is left with %s, want %s", got, want)
	}
	before, err1 := os.ReadFile(filepath.Join(s.run, "before"))
	tty := strings.TrimSpace(s.tmux("display-message", "-p", "#{pane_tty}"))
	after, err2 := exec.Command("sh", "-c", "stty -g <"+quoted(tty)).Output()
	if err1 != nil || err2 != nil || string(before) != string(after) {
		s.t.Errorf("the terminal's settings were %q (%v) and are %q (%v)", before, err1, after, err2)
	}
}

// A whole story, as a user sees it.
func TestScreenStory(t *testing.T) {
	t.Parallel()
	dir := example(t, "web")
	bin := t.TempDir()
	// An editor that shows what it was asked to open, until the user leaves it: the whole path
	// could be longer than the screen is wide.
	file := quoted(filepath.Join(dir, "pages/pages.go"))
	write(t, filepath.Join(bin, "vim"), "#!/bin/sh\n[ \"$2\" -ef "+file+" ] && echo editing \"$1\" pages.go\nread line\n")
	if err := os.Chmod(filepath.Join(bin, "vim"), 0o755); err != nil {
		t.Fatal(err)
	}
	address := reserve(t)
	s := startScreen(t, dir, []string{"VISUAL=", "EDITOR=" + filepath.Join(bin, "vim")}, "--", "-addr", address)
	s.await("● serving v1", "http://"+address, "1 Output", "r rebuild", "? help  q quit", "── v1 · start · the first start", "listening on")

	s.edit("pages/pages.go", "Guest book", "Book of guests")
	s.await("● serving v2", "restart in", "pages/pages.go is part of package", "── v2 · restart · pages/pages.go ──", "shutting down")

	s.edit("pages/pages.go", "guests.Entries()", "guests.Entires()")
	s.await("● serving v2 · v3 failed: 1 error", "3 Problems 1", "pages/pages.go:26:22  guests.Entires undefined",
		"▸ 26 │             \"Entries\": guests.Entires(),", "      │                               ^", "e edit")
	if page := get(address, "/"); !strings.Contains(page, "Book of guests") {
		t.Errorf("the last good version is not served: %q", page)
	}

	s.keys("e")
	s.await("editing +call cursor(26,22) pages.go")
	if got := s.terminal(); !strings.HasPrefix(got, "alternate 0 cursor 1") {
		t.Errorf("the editor has a terminal with %s, want the normal screen and a cursor", got)
	}
	s.keys("Enter")
	s.await("▸ 26 │", "e edit")

	s.edit("pages/pages.go", "guests.Entires()", "guests.Entries()")
	s.await("● serving v2", "identical build in", "follow ▾", "listening on")

	s.keys("/", "shutting")
	s.await("/shutting", "1 of 1")
	s.keys("Enter")
	s.await("n next match")
	s.keys("Escape")
	s.awaitThat("the search given up", func(view string) bool { return !strings.Contains(view, "next match") })
	s.keys("&", "listening", "Enter")
	s.awaitThat("only what matches the filter", func(view string) bool {
		return strings.Contains(view, "& listening") && !strings.Contains(view, "shutting down")
	})
	s.keys("Escape")
	s.await("shutting down")

	s.keys("p")
	s.await("paused", "p resume")
	s.edit("pages/pages.go", "Book of guests", "Book of many guests")
	s.await("paused, 1 change waiting")
	if page := get(address, "/"); !strings.Contains(page, "<h1>Book of guests</h1>") {
		t.Errorf("a change was acted on while paused: %q", page)
	}
	s.keys("p")
	s.await("● serving v5", "p pause")
	s.keys("r")
	s.await("identical build in", "byte-identical")
	s.keys("R")
	s.await("● serving v7")
	s.keys("4")
	s.await("asked to restart", "asked to rebuild", "pages/pages.go", "v7", "the first start")
	s.keys("2", "/", "Entires", "Enter") // builds that take long have more lines than the screen
	s.await("guests.Entires undefined", "v2 keeps serving", "n next match")
	s.keys("Escape")

	s.tmux("resize-window", "-x", "40", "-y", "12")
	s.awaitThat("a small screen", func(view string) bool {
		rows := strings.Split(strings.TrimRight(view, "\n"), "\n")
		return len(rows) == 12 && strings.HasPrefix(rows[0], " ● serving v7") && strings.Contains(rows[11], "? help  q quit")
	})
	s.tmux("resize-window", "-x", "160", "-y", "50")
	s.awaitThat("a large screen", func(view string) bool {
		rows := strings.Split(strings.TrimRight(view, "\n"), "\n")
		return len(rows) == 50 && strings.Contains(rows[0], "up since") && strings.Contains(rows[49], "q quit")
	})
	s.keys("?")
	s.await("build, and start the result", "[ui.keys]")
	s.keys("Escape", "1", "m")
	s.await("the mouse scrolls and clicks")
	if got := s.terminal(); got != "alternate 1 cursor 0 mouse 1" {
		t.Errorf("with the mouse on the terminal has %s", got)
	}

	s.keys("q")
	view := s.await("the shell is back")
	for _, want := range []string{
		"v7 served last; ended: asked to quit", "4 saves, 4 versions live, 1 failed, 2 builds identical",
		"from save to served: ", "ended with status 0",
	} {
		if !strings.Contains(view, want) {
			t.Errorf("after the end the screen does not have %q:\n%s", want, view)
		}
	}
	s.left()
	if _, err := http.Get("http://" + address); err == nil {
		t.Error("the app serves after the end")
	}
}
