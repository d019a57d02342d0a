package build

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/build/internal/modtest"
)

const (
	goMod    = "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n"
	mainText = "package main\n\nfunc main() {}\n"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	const two = goMod + "-- cmd/a/main.go --\n" + mainText + "-- cmd/b/main.go --\n" + mainText + "-- lib/lib.go --\npackage lib\n"
	const only = goMod + "-- cmd/app/main.go --\n" + mainText + "-- lib/lib.go --\npackage lib\n"
	const work = "-- go.work --\ngo 1.26\n\nuse (\n\t./app\n\t./lib\n)\n-- app/go.mod --\nmodule example.com/app\n\ngo 1.26\n-- app/main.go --\n" + mainText +
		"-- lib/go.mod --\nmodule example.com/lib\n\ngo 1.26\n-- lib/lib.go --\npackage lib\n"
	const brokenMod = "-- go.mod --\nmodul example.com/app\n-- main.go --\n" + mainText + "-- cmd/a/main.go --\n" + mainText + "-- lib/lib.go --\npackage lib\n"
	for _, test := range []struct {
		name    string
		archive string
		dir     string // where the user stands, below the root
		pkg     string
		config  Config
		want    string
		message string // of the PackageError; $DIR is the user's directory
	}{
		{name: "the root", archive: goMod + "-- main.go --\n" + mainText, want: "."},
		{name: "the root, named", archive: goMod + "-- main.go --\n" + mainText, pkg: ".", want: "."},
		{name: "the root goes before others", archive: two + "-- main.go --\n" + mainText, want: "."},
		{name: "the one here goes before others", archive: two, dir: "cmd/b", want: "./cmd/b"},
		{name: "the only one", archive: only, want: "./cmd/app"},
		{name: "the only one, from a library", archive: only, dir: "lib", want: "./cmd/app"},
		{name: "directory", archive: two, pkg: "./cmd/a", want: "./cmd/a"},
		{name: "directory without ./", archive: two, pkg: "cmd/a", want: "./cmd/a"},
		{name: "directory with a slash at its end", archive: two, pkg: "cmd/a/", want: "./cmd/a"},
		{name: "directory seen from another", archive: two, dir: "cmd/b", pkg: "../a", want: "./cmd/a"},
		{name: "the root from below", archive: two + "-- main.go --\n" + mainText, dir: "cmd/a", pkg: "../..", want: "."},
		{name: "import path", archive: two, pkg: "example.com/app/cmd/b", want: "./cmd/b"},
		{name: "import path from below", archive: two, dir: "cmd/a", pkg: "example.com/app/cmd/b", want: "./cmd/b"},
		{name: "pattern for one", archive: two, pkg: "./cmd/b/...", want: "./cmd/b"},
		{
			name: "main package behind a tag", config: Config{Tags: []string{"dev"}}, want: ".",
			archive: goMod + "-- main.go --\n//go:build dev\n\n" + mainText,
		},
		{
			name: "main package behind a tag in flags", config: Config{Flags: []string{"-tags=dev"}}, want: ".",
			archive: two + "-- main.go --\n//go:build dev\n\n" + mainText,
		},
		{name: "a file that is no part of the app", archive: only + "-- gen.go --\n//go:build ignore\n\n" + mainText, want: "./cmd/app"},
		{name: "go.work", archive: work, want: "./app"},
		{name: "go.work, from the other module", archive: work, dir: "lib", want: "./app"},
		{name: "go.work, directory", archive: work, pkg: "app", want: "./app"},

		{name: "syntax error", archive: goMod + "-- main.go --\npackage main\n\nfunc main() {\n", want: "."},
		{name: "syntax error in the imports", archive: goMod + "-- main.go --\npackage main\n\nimport \"fmt\n\nfunc main() {}\n", want: "."},
		{name: "syntax error in the first line", archive: goMod + "-- main.go --\npackag main\n", want: "."},
		{name: "syntax error, by directory", archive: two + "-- cmd/c/main.go --\npackag main\n", pkg: "cmd/c", want: "./cmd/c"},
		{name: "import that is not there", archive: goMod + "-- main.go --\npackage main\n\nimport _ \"example.com/none\"\n\nfunc main() {}\n", want: "."},
		{name: "broken go.mod", archive: brokenMod, want: "."},
		{name: "broken go.mod, named", archive: brokenMod, pkg: ".", want: "."},
		{name: "broken go.mod, directory", archive: brokenMod, pkg: "cmd/a", want: "./cmd/a"},
		{name: "go.mod of another toolchain", archive: strings.Replace(goMod, "1.26", "1.999", 1) + "-- main.go --\n" + mainText, want: "."},

		{
			name: "several", archive: two,
			message: "2 main packages; name the one to run:\n  hotreload ./cmd/a\n  hotreload ./cmd/b",
		},
		{
			name: "several, from below", archive: two, dir: "lib",
			message: "2 main packages; name the one to run:\n  hotreload ./../cmd/a\n  hotreload ./../cmd/b",
		},
		{
			name: "none", archive: goMod + "-- lib/lib.go --\npackage lib\n",
			message: "no main package in $DIR; name one (hotreload ./cmd/app), or work elsewhere (hotreload -C DIR)",
		},
		{
			name: "a library at the root", archive: goMod + "-- app.go --\npackage app\n",
			message: "no main package in $DIR; name one (hotreload ./cmd/app), or work elsewhere (hotreload -C DIR)",
		},
		{
			name: "a library by directory", archive: two, pkg: "lib",
			message: "package lib is package lib, not a main package; name the directory of a command; the main packages are ./cmd/a, ./cmd/b",
		},
		{
			name: "a library by import path", archive: two, pkg: "example.com/app/lib",
			message: "package example.com/app/lib is package lib, not a main package; name the directory of a command; the main packages are ./cmd/a, ./cmd/b",
		},
		{
			name: "a file", archive: goMod + "-- cmd/a/main.go --\n" + mainText, pkg: "cmd/a/main.go",
			message: "cmd/a/main.go is a file, and hotreload builds a package; build its directory:\n  hotreload ./cmd/a\n" +
				"or that file alone, as go run cmd/a/main.go does:\n" +
				`  hotreload --set 'build.command=["go", "build", "-o", ".hotreload-app", "cmd/a/main.go"]' --set build.output=.hotreload-app`,
		},
		{name: "a directory whose name ends like a file's", archive: goMod + "-- app.go/main.go --\n" + mainText, pkg: "app.go", want: "./app.go"},
		{
			name: "a pattern for several", archive: two, pkg: "./cmd/...",
			message: "package ./cmd/...: 2 packages match; name one main package",
		},
		{
			name: "no go.mod", archive: "-- main.go --\n" + mainText,
			message: "no go.mod in $DIR or above it; run `go mod init NAME` there, or work elsewhere (hotreload -C DIR)",
		},
		{
			name: "no go.mod, named", archive: "-- main.go --\n" + mainText, pkg: "./",
			message: "no go.mod in $DIR or above it; run `go mod init NAME` there, or work elsewhere (hotreload -C DIR)",
		},
		{
			name: "nonexistent directory", archive: two, pkg: "./cmd/c",
			message: "package ./cmd/c: no such directory in $DIR, and stat $DIR/cmd/c: directory not found; did you mean ./cmd/a or ./cmd/b?",
		},
		{
			name: "nonexistent directory without ./", archive: two, pkg: "cmd/c",
			message: "package cmd/c: no such directory in $DIR, and package cmd/c is not in std (",
		},
		{
			name: "broken go.mod, library", archive: brokenMod, pkg: "lib",
			message: "go: errors parsing go.mod:\ngo.mod:1: unknown directive: modul",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := modtest.Unpack(t, test.archive)
			dir := filepath.Join(root, filepath.FromSlash(test.dir))
			got, err := New(root, "").Resolve(t.Context(), test.config, test.pkg, dir)
			if got != test.want {
				t.Errorf("resolved to %q, want %q", got, test.want)
			}
			if test.message == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var refused *PackageError
			if !errors.As(err, &refused) {
				t.Fatalf("error %v, want a PackageError", err)
			}
			want := strings.ReplaceAll(test.message, "$DIR", dir)
			if strings.HasSuffix(want, "(") { // what follows depends on where Go lies
				if !strings.HasPrefix(refused.Message, want) {
					t.Errorf("message %q, want %q…", refused.Message, want)
				}
				return
			}
			if diff := cmp.Diff(want, refused.Message); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMains(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, archive, dir string
		want               []string
	}{
		{"none", goMod + "-- lib/lib.go --\npackage lib\n", ".", nil},
		{
			"all of the module, from below",
			goMod + "-- main.go --\n" + mainText + "-- cmd/a/main.go --\n" + mainText + "-- cmd/b/main.go --\n" + mainText +
				"-- lib/lib.go --\npackage lib\n-- testdata/main.go --\n" + mainText + "-- gen/gen.go --\n//go:build ignore\n\n" + mainText,
			"lib",
			[]string{".", "./cmd/a", "./cmd/b"},
		},
		{
			"not those of another module below", goMod + "-- main.go --\n" + mainText + "-- sub/go.mod --\nmodule example.com/sub\n-- sub/main.go --\n" + mainText,
			".",
			[]string{"."},
		},
		{
			"of all modules of the workspace",
			"-- go.work --\ngo 1.26\n\nuse (\n\t./a\n\t./b\n)\n-- a/go.mod --\nmodule example.com/a\n\ngo 1.26\n-- a/main.go --\n" + mainText +
				"-- b/go.mod --\nmodule example.com/b\n\ngo 1.26\n-- b/cmd/x/main.go --\n" + mainText,
			".",
			[]string{"./a", "./b/cmd/x"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := modtest.Unpack(t, test.archive)
			got, err := New(root, "").Mains(t.Context(), Config{}, filepath.Join(root, test.dir))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("main packages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveWithoutGo(t *testing.T) {
	root := modtest.Unpack(t, goMod+"-- main.go --\n"+mainText)
	t.Setenv("PATH", t.TempDir())
	_, err := New(root, "").Resolve(t.Context(), Config{}, "", root)
	if err == nil || !strings.HasPrefix(err.Error(), "the go command is not on PATH; install Go") {
		t.Errorf("error %v", err)
	}
}
