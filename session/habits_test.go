package session

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hotreload/runner"
)

// served puts what was planned last into service, and lets time pass.
func (p *player) served(pause time.Duration) {
	p.t.Helper()
	if p.state.builds.job != nil {
		p.step(good(p.state.builds.last))
	}
	p.restart()
	p.step(readied(p.state.Gen))
	p.now = p.now.Add(pause)
}

// What the app is seen to write while it serves is ignored soon, in any rhythm.
func TestAppWritesWhileItServes(t *testing.T) {
	for name, test := range map[string]struct {
		files []string // in turn
		pause time.Duration
		line  string // of watch.exclude
	}{
		"at once":        {[]string{"out/report.html"}, time.Second, `exclude = ["out/report.html"]`},
		"slowly":         {[]string{"out/report.html"}, 5 * time.Minute, `exclude = ["out/report.html"]`},
		"several files":  {[]string{"out/a.html", "out/b.html"}, time.Second, `exclude = ["out/*.html"]`},
		"a special name": {[]string{"out/[id].html"}, time.Second, `exclude = ["out/\\[id].html"]`},
		"its own source": {[]string{"main.go"}, time.Second, `let it write elsewhere`},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			p.step(readied(1))
			p.disk.author = func(string) author {
				if p.state.suspects(p.now) {
					return byTheApp
				}
				return unknown
			}
			for round := 0; ; round++ {
				p.now = p.now.Add(test.pause)
				lines := p.step(settled(test.files[round%len(test.files)]))
				if note := find(lines, "note: the app itself writes"); note != "" {
					if !strings.Contains(note, test.line) {
						t.Errorf("the note is %q, want %q in it", note, test.line)
					}
					break
				}
				if round == maxRounds+2 {
					t.Fatalf("it is started again for ever: %v", lines)
				}
				p.served(0)
			}
			for _, file := range test.files {
				p.play(move{settled(file), ``})
			}
			p.disk.author = func(string) author { return notByTheApp }
			if lines := p.step(settled(test.files[0])); find(lines, "plan") == "" {
				t.Errorf("a save of the user leads to %v, want a new process", lines)
			}
		})
	}
}

// A user may save one file as often as they like.
func TestUserSavesOneFile(t *testing.T) {
	for name, who := range map[string]author{"seen": notByTheApp, "on a system that cannot tell": unknown} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			p.step(readied(1))
			p.disk.author = func(string) author { return who }
			notes := 0
			for range 3 * mentioned {
				p.now = p.now.Add(time.Minute)
				lines := p.step(settled("page/page.html"))
				if find(lines, "plan restart: page/page.html") == "" {
					t.Fatalf("a save leads to %v, want a new process", lines)
				}
				if find(lines, "page/page.html has changed") != "" {
					notes++
				}
				p.served(0)
			}
			if want := map[author]int{unknown: 1}[who]; notes != want {
				t.Errorf("%d notes ask whether the app writes it, want %d", notes, want)
			}
		})
	}
}

// reporter is a process that writes a file when it is told to, and nothing else: go test
// has a test write a log of its own.
func reporter(t *testing.T, path string) (pid int, write func()) {
	app := exec.Command("sh", "-c", `while read -r line; do echo "a report" >"$0"; echo done; done`, path)
	in, err := app.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := app.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = app.Wait() })
	done := bufio.NewReader(out)
	return app.Process.Pid, func() {
		t.Helper()
		if _, err := io.WriteString(in, "\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := done.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
}

// The witness tells what a process wrote from what others did.
func TestWitness(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	if runtime.GOOS != "linux" || !runner.CountsWrites(dir) {
		t.Skip("this system does not count what a process writes")
	}
	pid, write := reporter(t, path)
	s := newState(Options{})
	s.writes.habits = map[string]habit{"": {known: true}}
	s.Serving.PID = pid
	var w witness
	write()
	w.attend(s, time.Now())
	if got := w.author(path, time.Time{}); got != unknown {
		t.Errorf("what was written before it looked was written by %d, want that it is unknown", got)
	}
	w.look(time.Now().Add(-2 * coarse))
	write()
	w.look(time.Now())
	if got := w.author(path, time.Time{}); got != byTheApp {
		t.Errorf("what the process wrote was written by %d, want the app", got)
	}
	var got author
	for range 2 { // for go test, this process logs which files it looks at, some kilobytes at a time: not twice in a row
		at := w.looked.Add(3 * coarse)
		if err := os.Chtimes(path, time.Time{}, at); err != nil {
			t.Fatal(err)
		}
		w.look(at.Add(3 * coarse))
		if got = w.author(path, time.Time{}); got == notByTheApp {
			break
		}
	}
	if got != notByTheApp {
		t.Errorf("what was written when the process wrote nothing was written by %d, want not the app", got)
	}
	s.service.applying = &applying{beside: os.Getppid()} // a process that starts
	w.attend(s, time.Now())
	if len(w.counts) != 2 {
		t.Errorf("it looks at %d processes, want that of the next version, too", len(w.counts))
	}
	s.writes.habits = nil
	w.attend(s, time.Now())
	if w.ticks() != nil || w.author(path, time.Time{}) != unknown {
		t.Error("it goes on when nothing is suspected")
	}
}

// That an app wrote when a file changed proves nothing if it writes all the time.
func TestAppThatWritesAllTheTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "main.go")
	if !runner.CountsWrites(filepath.Dir(path)) {
		t.Skip("this system does not count what a process writes")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	at := info.ModTime()
	writes := func(each time.Duration) (spans []span) {
		for from := at.Add(-recall / 2); from.Before(at); from = from.Add(each) {
			spans = append(spans, span{from, from.Add(glance)})
		}
		return append(spans, span{at.Add(-glance / 2), at.Add(glance / 2)})
	}
	for name, test := range map[string]struct {
		each, ago time.Duration
		want      author
	}{
		"a log, and a save":                {glance, 4 * time.Second, unknown},
		"a log, and a second save at once": {glance, time.Second, unknown},
		"the file at each request":         {time.Second, time.Second, byTheApp},
		"as fast as it can":                {glance, glance, byTheApp},
		"now and then something else":      {5 * time.Second, 25 * time.Second, byTheApp},
	} {
		w := witness{ticker: time.NewTicker(time.Hour), since: at.Add(-recall / 2), looked: at.Add(glance), grew: writes(test.each)}
		if got := w.author(path, at.Add(-test.ago)); got != test.want {
			t.Errorf("%s: the author is %d, want %d", name, got, test.want)
		}
		w.ticker.Stop()
	}
}

// A user who saves as soon as the app starts is not taken for the app when it is known
// that it was not.
func TestUserSavesAtEachStart(t *testing.T) {
	p := running(t)
	p.disk.author = func(string) author { return notByTheApp }
	p.step(settled("page/page.html"))
	for range 3 * maxRounds {
		p.restart()
		if lines := p.step(settled("page/page.html")); find(lines, "plan restart: page/page.html") == "" {
			t.Fatalf("a save leads to %v, want a new process", lines)
		}
	}
}
