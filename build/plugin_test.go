//go:build cgo && (linux || darwin || freebsd)

package build

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hotreload/build/internal/modtest"
)

// plugged is an app that opens the plugins whose files are named on its input, and
// prints what each one says.
const plugged = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import (
	"bufio"
	"os"
	"plugin"
	"strings"

	"example.com/app/api"
	"example.com/app/shared"
)

func main() {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		os.Stdout.WriteString(strings.ReplaceAll(open(in.Text()), "\n", "|") + "\n")
	}
}

func open(path string) (said string) {
	defer func() {
		if r, ok := recover().(string); ok {
			said = "panic: " + r
		}
	}()
	p, err := plugin.Open(path)
	if err != nil {
		return err.Error()
	}
	symbol, err := p.Lookup("New")
	if err != nil {
		return err.Error()
	}
	return symbol.(func() api.Speaker)().Speak() + " " + shared.Text()
}
-- api/api.go --
package api

type Speaker interface{ Speak() string }
-- shared/shared.go --
package shared

type state struct{ a int }

var now = &state{7}

func Text() string { return text(now) }

//go:noinline
func text(s *state) string { return string(rune('0' + s.a)) }
-- plugins/greet/greet.go --
package main

import (
	_ "embed"

	"example.com/app/api"
	"example.com/app/plugins/greet/internal/word"
	"example.com/app/shared"
)

//go:embed mark.txt
var mark string

type greeter struct{ word string }

func New() api.Speaker { return greeter{word.Word()} }

func (g greeter) Speak() string { return g.word + mark + shared.Text() }

func main() {}
-- plugins/greet/mark.txt --
!
-- plugins/greet/internal/word/word.go --
package word

import "strings"

type store struct{ a string }

var counts = map[string]int{}

var starts = func() int { counts["inits"]++; return counts["inits"] }()

//go:noinline
func Word() string { return text(&store{"hello"}) }

//go:noinline
func text(s *store) string { return strings.ToUpper(s.a) }
-- plugins/greet/internal/count/count.go --
package count

var Of = map[string]int{"a": 1}

func Nothing() {}
-- other/other.go --
package other
`

// hall is a running app with plugins.
type hall struct {
	*workshop
	told *bufio.Scanner
	tell *os.File
}

// newHall unpacks an app with plugins.
func newHall(t *testing.T, archive string, roots ...string) *hall {
	t.Helper()
	h := &hall{workshop: newWorkshop(t, archive)}
	if len(roots) == 0 {
		roots = []string{"./plugins/greet"}
	}
	for _, root := range roots {
		h.config.Plugin = append(h.config.Plugin, PluginPackage{root})
	}
	return h
}

// first builds alone: it compiles the standard library for plugins, which the others
// then find in the go command's cache.
var first sync.Once

// open builds the app with its plugins, starts it and returns what they say.
func (h *hall) open() []string {
	h.Helper()
	var err error
	build := func() { _, err = h.try() }
	first.Do(func() {
		build()
		build = func() {}
	})
	if build(); err != nil {
		h.Fatal(err)
	}
	app := exec.Command(h.prev.Path)
	app.Stderr = os.Stderr
	in, tell, err := os.Pipe()
	if err != nil {
		h.Fatal(err)
	}
	app.Stdin = in
	out, err := app.StdoutPipe()
	if err != nil {
		h.Fatal(err)
	}
	if err := app.Start(); err != nil {
		h.Fatal(err)
	}
	in.Close()
	h.tell, h.told = tell, bufio.NewScanner(out)
	h.Cleanup(func() {
		tell.Close()
		if err := app.Wait(); err != nil {
			h.Errorf("the app ended with %v", err)
		}
	})
	var said []string
	for _, p := range h.prev.Plugins {
		said = append(said, h.load(p))
	}
	return said
}

// load makes the app open a plugin.
func (h *hall) load(p Plugin) string {
	h.Helper()
	fmt.Fprintln(h.tell, p.Path)
	if !h.told.Scan() {
		h.Fatal("the app has crashed")
	}
	return h.told.Text()
}

// directly builds after a change to plugins alone, without the go command, and loads
// what is new.
func (h *hall) directly(want string) {
	h.Helper()
	h.save(want)
	if p := h.prev.Plugins[0]; !p.Direct() {
		h.Errorf("the go command built %s", p.Path)
	}
}

// save builds after a change to plugins alone, and loads what is new.
func (h *hall) save(want string) {
	h.Helper()
	before := h.prev
	a, err := h.replug()
	if err != nil {
		h.Fatal(err)
	}
	if !a.Same || a.Path != before.Path {
		h.Fatalf("the app was built again: %+v", a)
	}
	fresh := a.Beyond(before).Plugins
	if len(fresh) != 1 {
		h.Fatalf("%d plugins are new", len(fresh))
	}
	if got := h.load(fresh[0]); got != want {
		h.Errorf("it says %q, want %q", got, want)
	}
}

// replug builds after a change to plugins alone.
func (h *hall) replug() (Artifact, error) {
	h.id++
	q := h.request()
	q.Plugins = true
	a, err := h.builder.Build(h.Context(), q)
	if err == nil {
		h.prev = a
	}
	return a, err
}

// Whatever changes in a plugin, the next version has it, and versions do not mix.
// Each edit would go wrong without a new import path: Go refuses some, and silently
// uses the old code for others.
func TestPlugin(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	h := newHall(t, plugged)
	if got := h.open(); !slices.Equal(got, []string{"HELLO!|7 7"}) {
		t.Fatalf("it says %q", got)
	}
	h.edit("plugins/greet/greet.go", "return g.word +", "return \"1 \" + g.word +")
	h.save("1 HELLO!|7 7")
	h.learn()
	h.edit("plugins/greet/mark.txt", "!", "?")
	h.directly("1 HELLO?|7 7")
	// A helper that is not inlined: Go would see no difference, and share it.
	h.edit("plugins/greet/internal/word/word.go", `"hello"`, `"bye"`)
	h.directly("1 BYE?|7 7")
	// An unexported type grows.
	h.edit("plugins/greet/internal/word/word.go", "struct{ a string }", "struct{ a, b, c, d string }")
	h.edit("plugins/greet/internal/word/word.go", `{"bye"}`, `{"bye", "b", "c", "d"}`)
	h.edit("plugins/greet/internal/word/word.go", "s.a)", "s.a + s.b + s.c + s.d)")
	h.directly("1 BYEBCD?|7 7")
	// An inlined one.
	h.edit("plugins/greet/internal/word/word.go", "//go:noinline\nfunc Word", "func Word")
	h.directly("1 BYEBCD?|7 7")
	// A package-level map that the first version did not read, in a package that stays.
	h.edit("plugins/greet/greet.go", `"example.com/app/shared"`, "\"example.com/app/plugins/greet/internal/count\"\n\t\"example.com/app/shared\"")
	h.edit("plugins/greet/greet.go", "func main() {}", "func main() { count.Nothing() }")
	h.save("1 BYEBCD?|7 7")
	h.edit("plugins/greet/greet.go", "return \"1 \"", "return string(rune('0' + count.Of[\"a\"]))")
	h.save("1BYEBCD?|7 7")
	// Back to what there was.
	h.edit("plugins/greet/greet.go", "return string(rune('0' + count.Of[\"a\"]))", "return \"1 \"")
	h.save("1 BYEBCD?|7 7")
	if a, err := h.replug(); err != nil || len(a.Beyond(h.prev).Plugins) != 0 {
		t.Errorf("nothing changed, and new are %+v, error %v", a.Beyond(h.prev), err)
	}
}

// What the app is built from cannot change in its process. Go would open some of these
// plugins, and corrupt the memory of the process.
func TestPluginOfChangedApp(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	h := newHall(t, plugged)
	h.open()
	first := h.prev
	h.edit("shared/shared.go", "struct{ a int }", "struct{ b, a int }")
	h.edit("shared/shared.go", "{7}", "{1, 7}")
	a, err := h.replug() // the change is not reported
	if err != nil {
		t.Fatal(err)
	}
	if a.Same || a.Path == first.Path || len(a.Beyond(first).Plugins) != 1 {
		t.Errorf("it built %+v, want another app with another plugin", a)
	}
	if h := newHallOf(t, h); !slices.Equal(h, []string{"HELLO!|7 7"}) {
		t.Errorf("it says %q", h)
	}
	// The plugin is not built again for what it does not see.
	second := h.prev
	h.edit("main.go", "func main() {", "func main() {\n\t_ = 1")
	if _, err := h.try("main.go"); err != nil {
		t.Fatal(err)
	}
	if fresh := h.prev.Beyond(second); fresh.Path == "" || len(fresh.Plugins) != 0 {
		t.Errorf("after an edit of main, new are %+v", fresh)
	}
}

// newHallOf starts what was built last, and returns what its plugins say.
func newHallOf(t *testing.T, h *hall) []string {
	t.Helper()
	var paths strings.Builder
	for _, p := range h.prev.Plugins {
		fmt.Fprintln(&paths, p.Path)
	}
	app := exec.Command(h.prev.Path)
	app.Stdin = strings.NewReader(paths.String())
	out, err := app.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// Errors name the real files.
func TestPluginErrors(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	h := newHall(t, plugged)
	h.open()
	for _, test := range []struct{ file, old, new, want string }{
		{"plugins/greet/internal/word/word.go", "return text(&store", "return 1 + text(&store", `plugins/greet/internal/word/word.go:12:29: invalid operation: 1 + text`},
		{"plugins/greet/greet.go", "greeter{word.Word()}", "greeter{word.Wort()}", "plugins/greet/greet.go:16:46: undefined: word.Wort"},
		{"plugins/greet/greet.go", "func main() {}", "func main() {", "plugins/greet/greet.go:"},
		{"plugins/greet/greet.go", `_ "embed"`, `_ "embeds"`, "plugins/greet/greet.go:4:2: package embeds is not in std"},
		{"plugins/greet/internal/word/word.go", `"strings"`, `_ "example.com/app/plugins/greet/internal/word"`, "import cycle not allowed"},
		{"plugins/greet/greet.go", "mark.txt\nvar", "nark.txt\nvar", "plugins/greet/greet.go:11:12: pattern nark.txt: no matching files found"},
	} {
		h.edit(test.file, test.old, test.new)
		_, err := h.replug()
		var failed *Error
		if !errors.As(err, &failed) {
			t.Fatalf("%s: error %v, want diagnostics", test.new, err)
		}
		if got := failed.Error(); !strings.HasPrefix(got, test.want) && !strings.Contains(got, "cycle") {
			t.Errorf("%s: %s, want %s", test.new, got, test.want)
		}
		if strings.Contains(failed.Text, "/hr") {
			t.Errorf("an import path of ours is shown: %s", failed.Text)
		}
		h.edit(test.file, test.new, test.old)
	}
	h.edit("plugins/greet/mark.txt", "!", ".")
	h.save("HELLO.|7 7")
}

// A package whose init panicked is never loaded again: Go would end the process.
func TestPluginBurnt(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	h := newHall(t, plugged)
	h.open()
	good := h.prev.Plugins[0]
	h.edit("plugins/greet/internal/word/word.go", "var counts", "func init() { if len(counts) == 1 { panic(\"init\") } }\n\nvar counts")
	a, err := h.replug()
	if err != nil {
		t.Fatal(err)
	}
	if got := h.load(a.Plugins[0]); got != "panic: init" {
		t.Fatalf("it says %q", got)
	}
	h.edit("plugins/greet/greet.go", "return g.word", "return \"2 \" + g.word")
	q := h.request()
	q.Plugins, q.Burnt = true, map[string]bool{}
	for _, path := range a.Plugins[0].Packages {
		if !slices.Contains(good.Packages, path) {
			q.Burnt[path] = true
		}
	}
	if a, err = h.builder.Build(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if got := h.load(a.Plugins[0]); got != "panic: init" {
		t.Errorf("it says %q", got)
	}
}

// Without cgo there are no plugins, and every change concerns the app.
func TestNoPlugins(t *testing.T) {
	t.Parallel()
	h := newHall(t, plugged)
	h.config.Env = map[string]string{"CGO_ENABLED": "0"}
	g := h.graph()
	if g.Unplug != "CGO_ENABLED is 0, and Go's plugins need cgo" {
		t.Errorf("no plugins because %q", g.Unplug)
	}
	if v := g.Of(filepath.Join(h.root, "plugins", "greet", "greet.go")); !v.Built || len(v.Plugins) > 0 {
		t.Errorf("verdict %+v", v)
	}
	if a, err := h.try(); err != nil || len(a.Plugins) > 0 {
		t.Errorf("built %+v, error %v", a, err)
	}
}
