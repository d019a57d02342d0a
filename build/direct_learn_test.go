//go:build unix

package build

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

// The go command is also steered from outside the app.
func TestDirectBuildSurroundings(t *testing.T) {
	modtest.Slow(t)
	t.Run("a profile appears", func(t *testing.T) {
		w := newWorkshop(t, library)
		w.build()
		w.learn()
		w.add("default.pgo", "none that can be read")
		w.edit("main.go", `"world"`, `"you"`)
		if a, err := w.try("main.go"); err == nil {
			t.Errorf("it was built without its profile, direct %v", a.Direct)
		}
	})
	t.Run("a workspace appears above", func(t *testing.T) {
		top := t.TempDir()
		root := filepath.Join(top, "app")
		modtest.UnpackIn(t, root, library)
		modtest.UnpackIn(t, root, "-- lib/go.mod --\nmodule example.com/lib\n\ngo 1.26\n-- lib/lib.go --\npackage lib\n\nvar Name = \"old\"\n")
		modtest.UnpackIn(t, filepath.Join(top, "lib"), "-- go.mod --\nmodule example.com/lib\n\ngo 1.26\n-- lib.go --\npackage lib\n\nvar Name = \"new\"\n")
		w := &workshop{T: t, root: root, builder: newBuilder(t, root), config: DefaultConfig()}
		w.edit("go.mod", "go 1.26", "go 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ./lib")
		w.edit("word/word.go", "const text = \"hello\"", "import \"example.com/lib\"\n\nvar text = lib.Name")
		w.build()
		w.learn()
		modtest.Write(t, filepath.Join(top, "go.work"), "go 1.26\n\nuse ./app\nuse ./lib\n")
		w.edit("main.go", `"world"`, `"you"`)
		w.same("main.go")
	})
	t.Run("settings of go env -w", func(t *testing.T) {
		w := newWorkshop(t, leftOut)
		settings := filepath.Join(t.TempDir(), "env")
		modtest.Write(t, settings, "GOFLAGS=-tags=dev\n")
		t.Setenv("GOENV", settings)
		t.Setenv("GOFLAGS", "")
		os.Unsetenv("GOFLAGS")
		w.build()
		w.learn()
		w.edit("word/word.go", "package word", "package word\n\nconst Extra = 1")
		w.edit("word/extra.go", "never", "dev")
		w.same("word/word.go", "word/extra.go")
		modtest.Write(t, settings, "GOFLAGS=-overlay=o.json\n")
		w.add("o.json", "{}")
		if err := w.tryToLearn(); !errors.Is(err, ErrCannotLearn) {
			t.Errorf("error %v, want ErrCannotLearn", err)
		}
	})
	t.Run("another go command", func(t *testing.T) {
		w := newWorkshop(t, library)
		bin := t.TempDir()
		program, err := exec.LookPath("go")
		if err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(bin, "go")
		if err := os.Symlink(program, link); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		w.build()
		w.learn()
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(link, []byte("#!/bin/sh\nexec "+program+" \"$@\"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		w.edit("main.go", `"world"`, `"you"`)
		if a, _ := w.build("main.go"); a.Direct {
			t.Error("it was built by the former toolchain")
		}
	})
}

// A recipe needs a graph with everything that the go command compiles.
func TestLearnFromOldGraph(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	graph, err := w.builder.Graph(t.Context(), w.config, ".")
	if err != nil {
		t.Fatal(err)
	}
	w.add("word/more.go", "package word\n\nfunc init() { print(\"more \") }\n")
	w.build("word/more.go")
	if err := w.builder.Learn(t.Context(), w.request(), w.prev, graph); !errors.Is(err, ErrOutdated) {
		t.Errorf("error %v, want ErrOutdated", err)
	}
}

// A file that is saved while the go command lists the graph may differ from what go
// list has read.
func TestLearnFromGraphThatWasOvertaken(t *testing.T) {
	w := newWorkshop(t, library)
	w.build()
	bin := t.TempDir()
	program, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	modtest.Write(t, filepath.Join(bin, "main.go"), strings.Replace(read(t, w.at("main.go")), `"example.com/app/page"`, "\"example.com/app/page\"\n\t_ \"example.com/app/other\"", 1))
	script := "#!/bin/sh\n" + program + " \"$@\"; status=$?\n[ \"$1\" = list ] && cp " + bin + "/main.go " + w.at("main.go") + "\nexit $status\n"
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", bin+string(os.PathListSeparator)+path)
	graph, err := w.builder.Graph(t.Context(), w.config, ".")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", path)
	if v := graph.Of(w.at("main.go")); !v.Relist {
		t.Error("the save would not make the graph be listed again")
	}
	w.build("main.go")
	if err := w.builder.Learn(t.Context(), w.request(), w.prev, graph); !errors.Is(err, ErrOutdated) {
		t.Errorf("error %v, want ErrOutdated", err)
	}
}
