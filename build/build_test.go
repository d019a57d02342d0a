//go:build unix

package build

import (
	"debug/buildinfo"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/build/internal/modtest"
)

const hello = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import "example.com/app/greet"

var who = "world"

func main() { print(greet.Word, " ", who) }
-- greet/greet.go --
package greet

const Word = "hello"
`

// newBuilder opens a builder for an unpacked module. At the end of the test, it checks
// that the builder has left nothing in the project.
func newBuilder(t *testing.T, root string) *Builder {
	t.Helper()
	before := names(t, root)
	b := New(root, filepath.Join(t.TempDir(), "cache"))
	if err := b.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if diff := cmp.Diff(before, names(t, root)); diff != "" && !t.Failed() {
			t.Errorf("files of the project (-before +after):\n%s", diff)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(b.cache); err == nil {
			t.Error("Close leaves the cache behind")
		}
	})
	return b
}

// names lists everything in a directory and below, except what the build commands of
// the tests write.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if filepath.Base(path) != "output" {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// left checks what is in the cache: the IDs of artifacts.
func left(t *testing.T, b *Builder, ids ...string) {
	t.Helper()
	for dir, want := range map[string][]string{"tmp": nil, "bin": ids} {
		entries, err := os.ReadDir(filepath.Join(b.cache, dir))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in the cache's %s (-want +got):\n%s", dir, diff)
		}
	}
}

func output(t *testing.T, a Artifact) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), a.Path).CombinedOutput()
	if err != nil {
		t.Fatalf("run %s: %v", a.Path, err)
	}
	return string(out)
}

// A session in a project with an awkward path.
func TestBuild(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "Bücher & 本", "mein laden")
	modtest.UnpackIn(t, root, hello)
	b := newBuilder(t, root)
	build := func(r Request) Artifact {
		t.Helper()
		r.Package = "."
		a, err := b.Build(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}

	first := build(Request{ID: 1})
	home, at := first.home, filepath.Join(b.cache, "app", "mein laden", "mein laden")
	if want := (Artifact{Path: filepath.Join(b.cache, "bin", "1", "mein laden"), ID: 1, home: home, at: at}); !reflect.DeepEqual(first, want) {
		t.Errorf("first build is %+v, want %+v", first, want)
	}
	if got := output(t, first); got != "hello world" {
		t.Errorf("it prints %q", got)
	}
	left(t, b, "1")

	modtest.Write(t, filepath.Join(root, "greet", "greet.go"), "package greet\n\nconst Word = \"hello\" // world\n")
	if got, want := build(Request{ID: 2, Prev: first}), (Artifact{Path: first.Path, ID: 1, Same: true, home: home, at: at}); !reflect.DeepEqual(got, want) {
		t.Errorf("the same bytes are %+v, want %+v", got, want)
	}
	left(t, b, "1")

	third := build(Request{ID: 3, Prev: first, Config: Config{Flags: []string{"-ldflags", "-X main.who=flags"}}})
	if third.Same || third.ID != 3 || output(t, third) != "hello flags" {
		t.Errorf("third build is %+v and prints %q", third, output(t, third))
	}
	if got := output(t, first); got != "hello world" {
		t.Errorf("the former executable was overwritten, it prints %q", got)
	}
	left(t, b, "1", "3")

	fourth := build(Request{ID: 4, Prev: third, Config: Config{Env: map[string]string{"GOFLAGS": "-ldflags=-X=main.who=env"}}})
	if got := output(t, fourth); got != "hello env" {
		t.Errorf("with the config's GOFLAGS it prints %q", got)
	}
	info, err := buildinfo.ReadFile(fourth.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range info.Settings {
		if s.Key == "-ldflags" && s.Value != "-w -X=main.who=env" {
			t.Errorf("linked with %q", s.Value)
		}
	}

	b.Forget(first)
	b.Forget(third)
	b.Forget(Artifact{})
	left(t, b, "4")
	if err := b.Open(); err != nil { // as the next session does after a crash
		t.Fatal(err)
	}
	left(t, b)
}

func at(file string, line, column int, message string) Diagnostic {
	return Diagnostic{File: file, Line: line, Column: column, Severity: "error", Message: message}
}

func TestBuildFails(t *testing.T) {
	t.Parallel()
	command := func(command ...string) Config { return Config{Command: command, Output: "output"} }
	for _, test := range []struct {
		name    string
		archive string // on top of hello
		config  Config
		pkg     string
		want    []Diagnostic // nil: the error is no *Error
		message string       // part of the error
	}{
		{
			name:    "compile errors",
			archive: "-- main.go --\npackage main\n\nfunc main() {\n\tx := 1\n\tnope()\n}\n",
			want:    []Diagnostic{at("main.go", 4, 2, "declared and not used: x"), at("main.go", 5, 2, "undefined: nope")},
			message: "main.go:4:2: declared and not used: x",
		},
		{
			name: "in another package", pkg: "./cmd/x",
			archive: "-- cmd/x/x.go --\npackage main\n\nimport _ \"example.com/app/lib\"\n\nfunc main() {}\n-- lib/lib.go --\npackage lib\n\nvar x int = \"\"\n",
			want:    []Diagnostic{at("lib/lib.go", 3, 13, `cannot use "" (untyped string constant) as int value in variable declaration`)},
			message: "lib/lib.go:3:13: ",
		},
		{
			name:    "the build's own environment",
			archive: "-- main.go --\n//go:build cgo\n\n" + mainText + "-- main_plain.go --\n//go:build !cgo\n\npackage main\n\nfunc main() { plain() }\n",
			config:  Config{Env: map[string]string{"CGO_ENABLED": "0"}},
			want:    []Diagnostic{at("main_plain.go", 5, 15, "undefined: plain")},
			message: "main_plain.go:5:15: undefined: plain",
		},
		{
			name:    "command that complains",
			config:  command("sh", "-c", "echo started; echo main.go:3:5: no >&2; exit 2"),
			want:    []Diagnostic{at("main.go", 3, 5, "no")},
			message: "main.go:3:5: no",
		},
		{
			name:    "command that fails silently",
			config:  command("sh", "-c", "exit 3"),
			want:    []Diagnostic{at("", 0, 0, "sh -c exited with status 3")},
			message: "sh -c exited with status 3",
		},
		{
			name:    "command that a signal ends",
			config:  command("sh", "-c", "kill -9 $$"),
			want:    []Diagnostic{at("", 0, 0, "sh -c was killed by SIGKILL")},
			message: "sh -c was killed by SIGKILL",
		},
		{
			name:   "command without space for what it writes",
			config: command("sh", "-c", "echo compile: writing output: write x.a: no space left on device; exit 1"),
			want: []Diagnostic{
				at("", 0, 0, "a disk is full; free some space, for instance with `go clean -cache`"),
				at("", 0, 0, "compile: writing output: write x.a: no space left on device"),
			},
			message: "a disk is full",
		},
		{
			name:    "command that writes no output",
			config:  command("true"),
			message: "build.command (true) succeeded but did not write build.output output; set build.output to the executable it makes",
		},
		{
			name:    "command that makes a directory",
			config:  command("mkdir", "-p", "output"),
			message: "copy build.output output to ",
		},
		{
			name:    "command that does not exist",
			config:  command("no-such-command"),
			message: `build.command: exec: "no-such-command": executable file not found in $PATH`,
		},
		{
			name:    "script that does not exist",
			config:  command("./make.sh"),
			message: "build.command: exec: ",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := modtest.Unpack(t, hello)
			modtest.UnpackIn(t, root, test.archive)
			b := newBuilder(t, root)
			if test.pkg == "" {
				test.pkg = "."
			}
			a, err := b.Build(t.Context(), Request{ID: 1, Config: test.config, Package: test.pkg})
			if err == nil || !strings.Contains(err.Error(), test.message) {
				t.Fatalf("error %v, want %s", err, test.message)
			}
			if a.Path != "" {
				t.Errorf("there is an artifact: %+v", a)
			}
			left(t, b)
			var failed *Error
			if errors.As(err, &failed) != (test.want != nil) {
				t.Fatalf("error is a %T", err)
			}
			if failed == nil {
				return
			}
			if diff := cmp.Diff(test.want, failed.Diagnostics); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
			if strings.TrimSpace(failed.Text) == "" {
				t.Error("no text")
			}
		})
	}
}

func TestBuildCommand(t *testing.T) {
	root := modtest.Unpack(t, hello)
	modtest.Write(t, filepath.Join(root, "make.sh"), "#!/bin/sh\nset -e\n"+
		`printf '#!/bin/sh\nprintf "%%s" "%s in %s"\n' "$WHO" "$PWD" >"$1"`+"\n"+`chmod 644 "$1"`+"\n")
	if err := os.Chmod(filepath.Join(root, "make.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	b := newBuilder(t, root)
	outside := filepath.Join(t.TempDir(), "outside")
	var prev Artifact
	for _, test := range []struct {
		name   string
		out    string
		who    string
		same   bool
		prints string
	}{
		{"in the project", "output", "a", false, "a in " + root},
		{"the same again", "output", "a", true, "a in " + root},
		{"other bytes of the same length", "output", "b", false, "b in " + root},
		{"absolute output", outside, "c", false, "c in " + root},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Config{Command: []string{"./make.sh", test.out}, Output: test.out, Env: map[string]string{"WHO": test.who}}
			a, err := b.Build(t.Context(), Request{ID: prev.ID + 1, Config: c, Package: ".", Prev: prev})
			if err != nil {
				t.Fatal(err)
			}
			if a.Same != test.same || test.same && a.Path != prev.Path {
				t.Errorf("the artifact is %+v after %+v", a, prev)
			}
			if got := output(t, a); got != test.prints {
				t.Errorf("it prints %q, want %q", got, test.prints)
			}
			prev = a
		})
	}
}

func TestBuildWithoutGo(t *testing.T) {
	b := newBuilder(t, modtest.Unpack(t, hello))
	t.Setenv("PATH", t.TempDir())
	_, err := b.Build(t.Context(), Request{ID: 1, Package: "."})
	var failed *Error
	if err == nil || errors.As(err, &failed) || !strings.HasPrefix(err.Error(), "the go command is not on PATH; install Go") {
		t.Errorf("error %T %v", err, err)
	}
	left(t, b)
}

func TestOpenError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	modtest.Write(t, file, "")
	err := New(t.TempDir(), filepath.Join(file, "cache")).Open()
	if err == nil || !strings.Contains(err.Error(), "the build cache: ") {
		t.Errorf("error %v", err)
	}
}
