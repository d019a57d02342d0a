package watch

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParsePoll(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]pollMode{
		"auto": {every: time.Second}, "off": {never: true}, "2s": {always: true, every: 2 * time.Second}, "500ms": {always: true, every: 500 * time.Millisecond},
	} {
		if got, err := parsePoll(text); err != nil || got != want {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"on", "2", "0s", "1ms", "-1s", "true"} {
		if CheckPoll(text) == "" {
			t.Errorf("%s is a way to poll", text)
		}
	}
}

// TestRunPolls reports what it finds by itself.
func TestRunPolls(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "sub/b.go")
	c := DefaultConfig()
	c.Poll = "10ms"
	batches := p.run(c, p.scope([]string{".", "sub"}, nil))
	for _, name := range []string{"main.go", "sub/b.go", "sub/new/c.go", "readme"} {
		p.writeText("../same", p.text("main.go"))
		p.rename("../same", "main.go")
		p.save(name)
		if got := p.settled(batches); !slices.Equal(got, []string{name}) {
			t.Errorf("after a write of %s %q changed", name, got)
		}
	}
}

// TestPollSameStamp sees a write that leaves size and time as they were, which
// a file system that counts in seconds does.
func TestPollSameStamp(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.mode = "poll"
	tick := time.Now()
	write := func(text string) {
		p.writeText("main.go", text)
		p.must(os.Chtimes(p.path("main.go"), tick, tick))
	}
	write("x")
	p.watch(DefaultConfig(), p.scope([]string{"."}, nil))
	write("y")
	p.expect("main.go")
}

// TestPollShortLived finds nothing in the tree of what was gone before it was entered.
func TestPollShortLived(t *testing.T) {
	t.Parallel()
	p := newProject(t, "main.go", "sub/b.go")
	p.mode = "poll"
	scope := p.scope([]string{".", "sub"}, nil)
	short := p.path("sub/short")
	scope.Matters = func(path string) bool { // is asked between the look at it and the entering
		if path == short {
			p.remove(short)
		}
		return matters(path)
	}
	p.watch(DefaultConfig(), scope)
	p.mkdir(short)
	p.look()
	p.expect()
	p.mkdir(short)
	p.look()
	short = ""
	p.write("sub/short/c.go")
	p.expect("sub/short/c.go")
	p.remove("sub/short")
	p.expect("sub/short", "sub/short/c.go")
	p.remove("sub")
	p.expect("sub", "sub/b.go")
}

// An edit in place that keeps size and time is found however old the file is: directly,
// behind a link, and where the file is too big to be read.
func TestPollKeptStamp(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a program can set all times of a file there")
	}
	big := strings.Repeat("x", tooBig)
	for name, test := range map[string]struct{ file, text, want string }{
		"a file":      {"main.go", "x", "main.go"},
		"a big file":  {"big.go", "x" + big, "big.go"},
		"behind link": {"../real/a.go", "x", "link.go"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "readme", "../real/readme")
			p.mode = "poll"
			old := time.Now().Add(-time.Hour)
			write := func(text string) {
				f, err := os.OpenFile(p.path(test.file), os.O_WRONLY|os.O_CREATE, 0o600)
				p.must(err)
				_, err = f.WriteString(text)
				p.must(err)
				p.must(f.Close())
				p.must(os.Chtimes(p.path(test.file), old, old))
			}
			write(test.text)
			p.must(os.Symlink("../real/a.go", p.path("link.go")))
			p.watch(DefaultConfig(), p.scope([]string{"."}, nil))
			p.expect()
			write("y")
			p.expect(test.want)
			if name != "a big file" {
				p.must(os.Chmod(p.path(test.file), 0o640))
				p.expect()
			}
		})
	}
}
