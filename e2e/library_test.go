//go:build linux && amd64

package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

var (
	libSaves = flag.Int("library.saves", 0, "saves `N` in TestSavesAroundTheLibrary; 0: skip it")
	libSeed  = flag.Uint64("library.seed", 1, "what the saves in TestSavesAroundTheLibrary are chosen by")
)

// shelf is an app that says what its source is: numbers in its packages, what it imports
// beyond its own, and which version of a module it is built with.
type shelf struct {
	main, a, b int
	extra, dep int
}

// extras are what package a may import from the standard library.
var extras = []struct{ path, value string }{
	{"container/ring", "ring.New(1)"},
	{"encoding/csv", "csv.NewReader(nil)"},
	{"text/tabwriter", "new(tabwriter.Writer)"},
	{"net/mail", "mail.Address{}"},
}

func (s shelf) files() map[string]string {
	extra := extras[s.extra]
	return map[string]string{
		"go.mod": fmt.Sprintf("module example.com/app\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => ./dep%d\n", s.dep),
		"main.go": fmt.Sprintf(`package main

import (
	"fmt"
	_ "net" // which is linked with the C library, or nothing would be shared
	"time"

	"example.com/app/a"
	"example.com/app/b"
	"example.com/dep"
)

func main() {
	fmt.Printf("main %%d, %%s, %%s, %%s\n", %d, a.Says(), b.Says(), dep.Says())
	time.Sleep(time.Hour)
}
`, s.main),
		"a/a.go": fmt.Sprintf("package a\n\nimport (\n\t\"fmt\"\n\t%q\n)\n\nfunc Says() string { return fmt.Sprintf(\"a %d with %%T\", %s) }\n", extra.path, s.a, extra.value),
		"b/b.go": fmt.Sprintf("package b\n\nimport \"strconv\"\n\nfunc Says() string { return \"b \" + strconv.Itoa(%d) }\n", s.b),
	}
}

// says is the line that the app prints.
func (s shelf) says() string {
	extra := []string{"*ring.Ring", "*csv.Reader", "*tabwriter.Writer", "mail.Address"}[s.extra]
	return fmt.Sprintf("main %d, a %d with %s, b %d, dep %d", s.main, s.a, extra, s.b, s.dep)
}

// reader is a session that runs a shelf.
type reader struct {
	*tool
	cache    string
	now      shelf
	branches []shelf // of the project's repository
	broken   bool    // it was since the events were last judged
	judged   int     // how many events were
}

func newReader(t *testing.T) *reader {
	files := shelf{}.files()
	for i := range 2 {
		files[fmt.Sprintf("dep%d/go.mod", i)] = "module example.com/dep\n\ngo 1.26\n"
		files[fmt.Sprintf("dep%d/dep.go", i)] = fmt.Sprintf("package dep\n\nfunc Says() string { return \"dep %d\" }\n", i)
	}
	dir := module(t, files)
	r := &reader{tool: &tool{t: t, dir: dir}, cache: t.TempDir(), branches: []shelf{{}, {main: 1, a: 1, b: 1, extra: 1, dep: 1}}}
	r.runs("git", "init", "-q")
	for i, s := range r.branches {
		r.put(s)
		r.runs("git", "checkout", "-q", "-B", fmt.Sprint("branch", i))
		r.runs("git", "add", ".")
		r.runs("git", "commit", "-q", "-m", "all")
	}
	cmd := command(t, dir, streamed([]string{"--set", "build.shared=true"})...)
	cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+r.cache, "PATH="+eager(t)+":"+os.Getenv("PATH"))
	r.tool = run(t, dir, cmd)
	r.await("app.output", contains("text", r.now.says()))
	r.await("cycle", with("result", "ok"))
	return r
}

// eager is a directory with a command nice that does not give way, so that a library is
// made on a busy machine, too.
func eager(t *testing.T) string {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "nice"), "#!/bin/sh\nshift 2\nexec \"$@\"\n")
	if err := os.Chmod(filepath.Join(dir, "nice"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// put makes the project another one.
func (r *reader) put(s shelf) {
	for name, text := range s.files() {
		if file := filepath.Join(r.dir, name); read(r.t, file) != text {
			write(r.t, file, text)
		}
	}
	r.now = s
}

// show puts one that never was, and waits until it runs.
func (r *reader) show(number int) {
	r.t.Helper()
	r.mark()
	next := r.now
	next.main = number
	r.put(next)
	r.await("app.output", contains("text", next.says()))
	r.await("cycle", with("result", "ok"))
	r.settle()
	r.judge()
}

// judge checks that builds since the last time failed only if the source was broken.
func (r *reader) judge() {
	r.t.Helper()
	for _, e := range r.all[r.judged:] {
		if e.kind() == "build.error" && !r.broken {
			r.t.Errorf("%v, though the source was not broken", e)
		}
	}
	r.judged, r.broken = len(r.all), false
}

// change does something, which has a number.
func (r *reader) change(kind, n int, random *rand.Rand) {
	r.t.Helper()
	next := r.now
	switch kind {
	case 0:
		next.extra = random.IntN(len(extras))
	case 1:
		next.dep = 1 - next.dep
	case 2:
		if err := os.RemoveAll(r.libraries()); err != nil {
			r.t.Fatal(err)
		}
	case 3:
		i := random.IntN(len(r.branches))
		r.runs("git", "checkout", "-q", "-f", fmt.Sprint("branch", i))
		next = r.branches[i]
	case 4:
		write(r.t, filepath.Join(r.dir, "b/b.go"), "package b\n\nfunc Says() string { return 1 }\n")
		r.broken = true
		return
	case 5:
		next.main = n
	case 6:
		next.b = n
	default:
		next.a = n
	}
	r.put(next)
}

func (r *reader) libraries() string { return filepath.Join(r.cache, "hotreload", "libraries") }

// link makes changes, more and more slowly, until the app is linked against a library:
// nothing tells when the session has one, and a change ends the making of it.
func (r *reader) link(n int) {
	r.t.Helper()
	linked := func(e event) bool { return e.kind() == "build.ok" && e.text("how") == "shared" }
	for pause := time.Second; !slices.ContainsFunc(r.all[r.from:], linked); pause *= 2 {
		if pause > patience {
			r.t.Fatal("the app is not linked against a library")
		}
		time.Sleep(pause)
		r.show(-1000*n - int(pause/time.Second))
	}
}

// Saves at random moments while the library, against which the app's own packages are
// linked, is made, replaced and deleted: the app is always what its source says, and a build
// fails only if the source is broken.
func TestSavesAroundTheLibrary(t *testing.T) {
	t.Parallel()
	if *libSaves == 0 {
		t.Skip("set -library.saves to run it")
	}
	need(t, "gcc")
	need(t, "git")
	r := newReader(t)
	random := rand.New(rand.NewPCG(*libSeed, 0))
	t.Logf("seed %d", *libSeed)
	for n := 1; n <= *libSaves; n++ {
		r.change(random.IntN(9), n, random)
		time.Sleep(time.Duration(random.ExpFloat64() * float64(400*time.Millisecond)))
		if n%8 == 0 || n == *libSaves {
			r.show(-n)
			r.link(n)
		}
	}
}
