//go:build unix

package build

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hotreload/build/inject"
	"hotreload/build/internal/modtest"
)

const serving = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import (
	"fmt"
	"net/http"
	"os"

	"example.com/app/word"
)

func main() {
	fmt.Print(word.Word)
	if len(os.Args) > 1 {
		http.ListenAndServe(os.Args[1], nil)
	}
}
-- word/word.go --
package word

const Word = "one"
`

// listening is an app that uses net alone, which is compiled much faster than net/http.
var listening = strings.NewReplacer("net/http", "net", "http.ListenAndServe(os.Args[1], nil)", `net.Listen("tcp", os.Args[1])`).Replace(serving)

// newInjecting is a workshop that injects.
func newInjecting(t *testing.T, archive string) *workshop {
	w := newWorkshop(t, archive)
	w.inject = true
	w.builder.Injections = filepath.Join(t.TempDir(), "inject")
	return w
}

// injected reports whether an executable has the injected code.
func injected(t *testing.T, a Artifact) bool {
	t.Helper()
	text, err := os.ReadFile(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(text, []byte("net.(*hotreloadProcess)"))
}

// Code is injected into all builds that ask for it, also without the go command, and into no other.
func TestInjection(t *testing.T) {
	t.Run("net", func(t *testing.T) { testInjection(t, listening, map[string]string{"CGO_ENABLED": "0"}) })
	t.Run("net and http", func(t *testing.T) {
		modtest.Slow(t)
		testInjection(t, serving, nil)
	})
}

func testInjection(t *testing.T, archive string, env map[string]string) {
	w := newInjecting(t, archive)
	w.config.Env = env
	a, printed := w.build()
	if !injected(t, a) || a.Uninjected != "" || printed != "one" {
		t.Fatalf("%+v, which prints %q: nothing was injected", a, printed)
	}
	w.learn()
	modtest.Write(t, w.at("word/word.go"), "package word\n\nconst Word = \"two\"\n")
	a, printed = w.build("word/word.go")
	if !a.Direct || !injected(t, a) || printed != "two" {
		t.Errorf("%+v, which prints %q, want a direct build with what is injected", a, printed)
	}
	w.inject = false
	if a, _ = w.build("word/word.go"); a.Direct || a.Same || injected(t, a) {
		t.Errorf("%+v, want a build by the go command, as it is", a)
	}
	w.inject = true
	if a, _ = w.build("word/word.go"); !injected(t, a) {
		t.Errorf("%+v, want what is injected", a)
	}
	info, err := os.Stat(w.builder.Injections)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is %v, %v", info, err)
	}
}

// The go command replaces nothing in the module cache, where it keeps downloaded toolchains.
func TestInjectionIntoADownloadedToolchain(t *testing.T) {
	modtest.Slow(t)
	w := newInjecting(t, serving)
	modules := t.TempDir()
	goroot := filepath.Join(modules, "golang.org", "toolchain@v0.0.1-go1.99.0.test-test")
	if err := os.MkdirAll(filepath.Dir(goroot), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(installed(t), goroot); err != nil {
		t.Fatal(err)
	}
	w.config.Env = map[string]string{"GOROOT": goroot, "GOMODCACHE": modules}
	if a, printed := w.build(); !injected(t, a) || printed != "one" {
		t.Errorf("%+v, which prints %q: nothing was injected", a, printed)
	}
	w.learn()
	modtest.Write(t, w.at("word/word.go"), "package word\n\nconst Word = \"two\"\n")
	if a, printed := w.build("word/word.go"); !a.Direct || !injected(t, a) || printed != "two" {
		t.Errorf("%+v, which prints %q, want a direct build with what is injected", a, printed)
	}
}

// installed is the GOROOT of the toolchain that runs the tests.
func installed(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// The user's overlay works together with ours.
func TestInjectionBesideAnOverlay(t *testing.T) {
	w := newInjecting(t, listening+`
-- o.json --
{"Replace": {"word/word.go": "other.txt"}}
-- other.txt --
package word

const Word = "other"
`)
	w.config.Flags, w.config.Env = []string{"-overlay", "o.json"}, map[string]string{"CGO_ENABLED": "0"}
	if a, printed := w.build(); !injected(t, a) || printed != "other" {
		t.Errorf("%+v, which prints %q, %s", a, printed, a.Uninjected)
	}
}

// Where nothing can be injected, the app is built as it is, with the reason.
func TestUninjected(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	other := "plan9"
	if runtime.GOOS == other {
		other = "linux"
	}
	goroot := installed(t)
	for name, test := range map[string]struct {
		config func(t *testing.T, w *workshop)
		want   string
	}{
		"a command builds": {func(t *testing.T, w *workshop) {
			w.config.Command, w.config.Output = []string{"go", "build", "-o", w.at("../app"), "."}, w.at("../app")
		}, "build.command builds the app"},
		"nowhere to keep it": {func(t *testing.T, w *workshop) { w.builder.Injections = "" }, "there is no directory"},
		"it cannot be kept": {func(t *testing.T, w *workshop) {
			w.builder.Injections = w.at("main.go")
		}, "main.go: not a directory"},
		"another system": {func(t *testing.T, w *workshop) {
			w.config.Env = map[string]string{"GOOS": other, "GOARCH": "amd64", "CGO_ENABLED": "0"}
		}, "the app is built for " + other},
		"the overlay is gone": {func(t *testing.T, w *workshop) {
			w.config.Flags = []string{"-overlay=gone.json"}
		}, "merge hotreload's overlay with that of -overlay: open "},
		"the overlay wants the same": {func(t *testing.T, w *workshop) {
			modtest.Write(t, w.at("../o.json"), `{"Replace": {"`+goroot+`/src/net/file.go": "`+goroot+`/src/net/file.go"}}`)
			w.config.Flags = []string{"-overlay=" + w.at("../o.json")}
		}, "-overlay replaces " + goroot + "/src/net/file.go, and so would hotreload"},
		"another toolchain": {func(t *testing.T, w *workshop) {
			w.config.Env = map[string]string{"GOROOT": doctored(t, goroot)}
		}, " is not supported: net/tcpsock_posix.go has no function (*TCPListener).accept"},
		"it did not compile": {func(t *testing.T, w *workshop) {
			in, err := w.builder.injection(t.Context(), w.request())
			if err != nil {
				t.Fatal(err)
			}
			if !w.builder.injector.Refuse(in, "# net/http\nnet/http/hotreload.go:9:2: undefined: conn\n") {
				t.Error("the reason was not found in the output")
			}
			if w.builder.injector.Refuse(in, "# example.com/net\nmain.go:9:2: undefined: conn\n") {
				t.Error("an error of the app was blamed on what is injected")
			}
		}, "the toolchain does not compile what is injected: net/http/hotreload.go:9:2: undefined: conn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newInjecting(t, strings.Replace(hello, "module example.com/app", "module example.com/net", 1))
			modtest.Write(t, w.at("main.go"), "package main\n\nfunc main() { print(\"as it is\") }\n")
			test.config(t, w)
			var not *inject.Error
			if _, err := w.builder.injection(t.Context(), w.request()); !errors.As(err, &not) || !strings.Contains(not.Why, test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if strings.Contains(name, "another") {
				if err := w.builder.Injectable(t.Context(), w.config); err == nil || err.Error() != not.Why {
					t.Errorf("without a build, the reason is %v, and with one %q", err, not.Why)
				}
			}
			if name == "another system" {
				return // whose standard library would have to be compiled
			}
			switch a, err := w.try(); {
			case name == "the overlay is gone":
				if err == nil {
					t.Errorf("%+v, want the go command's error", a)
				}
			case err != nil:
				t.Fatal(err)
			case a.Uninjected != not.Why:
				t.Errorf("the reason is %q, want %q", a.Uninjected, not.Why)
			}
		})
	}
}

// Plugins are built with the toolchain's own packages, and would not fit others.
func TestNothingInjectedBesidePlugins(t *testing.T) {
	t.Parallel()
	w := newInjecting(t, hello)
	w.config.Plugin = []PluginPackage{{Package: "./plugins/greet"}}
	if err := w.builder.Injectable(t.Context(), w.config); err == nil || !strings.Contains(err.Error(), "the app has plugins") {
		t.Errorf("error %v", err)
	}
}

// doctored is a toolchain with a renamed function.
func doctored(t *testing.T, goroot string) string {
	t.Helper()
	root := t.TempDir()
	link := func(dir, but string) {
		entries, err := os.ReadDir(filepath.Join(goroot, dir))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() == but {
				continue
			}
			if err := os.Symlink(filepath.Join(goroot, dir, e.Name()), filepath.Join(root, dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	link(".", "src")
	link("src", "net")
	link("src/net", "tcpsock_posix.go")
	text, err := os.ReadFile(filepath.Join(goroot, "src/net/tcpsock_posix.go"))
	if err != nil {
		t.Fatal(err)
	}
	modtest.Write(t, filepath.Join(root, "src/net/tcpsock_posix.go"), strings.Replace(string(text), ") accept()", ") admit()", 1))
	return root
}
