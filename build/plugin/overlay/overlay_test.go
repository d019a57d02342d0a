package overlay

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Of a file nothing but the paths of its imports changes, and no place in it.
func TestRenamed(t *testing.T) {
	const real = "/home/ann/my app/a.go"
	paths := map[string]string{"app/b": "app/b/hr1", "app/c": "app/c/hr2"}
	for name, test := range map[string]struct{ text, want string }{
		"a block": {
			"//go:build linux\n\npackage a\n\nimport (\n\t\"app/b\" // \"app/b\"\n\tx \"app/c\"\n\t_ \"fmt\"\n\t. `app/b`\n)\n\nvar s = \"app/b\"\n",
			"//go:build linux\n\npackage a\n\nimport (\n\t\"app/b/hr1\" // \"app/b\"\n\tx \"app/c/hr2\"\n\t_ \"fmt\"\n\t. \"app/b/hr1\"\n)\n\nvar s = \"app/b\"\n",
		},
		"on one line":          {"package a; import \"app/b\"; import \"app/c\"", "package a; import \"app/b/hr1\"; import \"app/c/hr2\""},
		"a byte order mark":    {"\ufeffpackage a\nimport \"app/b\"\n", "package a\nimport \"app/b/hr1\"\n"},
		"Windows' line ends":   {"package a\r\nimport \"app/b\"\r\nvar x = 1\r\n", "package a\r\nimport \"app/b/hr1\"\r\nvar x = 1\r\n"},
		"a line directive":     {"package a\n//line /x/gen.y:100\nimport \"app/b\"\n", "package a\n//line /x/gen.y:100\nimport \"app/b/hr1\"\n"},
		"what does not parse":  {"package a\nimport \"app/b\"\nfunc {", "package a\nimport \"app/b/hr1\"\nfunc {"},
		"what begins no file":  {"import \"app/b\"", "import \"app/b\""},
		"nothing that changes": {"package a\nimport \"app\"\n", "package a\nimport \"app\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.go")
			write(t, file, test.text)
			s, err := readSource(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff("//line "+real+":1:1\n"+test.want, string(s.renamed(real, paths))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// tree are three packages: the root imports one, which imports another.
func tree(t *testing.T) Request {
	t.Helper()
	dir := t.TempDir()
	packages := map[string]Package{}
	for name, text := range map[string]string{
		"root": "package main\n\nimport _ \"app/a\"\nimport _ \"app/shared\"\n",
		"a":    "package a\n\nimport _ \"app/b\"\n",
		"b":    "package b\n",
	} {
		write(t, filepath.Join(dir, name, name+".go"), text)
		packages["app/"+name] = Package{Path: "app/" + name, Dir: filepath.Join(dir, name), Go: []string{name + ".go"}}
	}
	write(t, filepath.Join(dir, "b", "page", "b.txt"), "b")
	b := packages["app/b"]
	b.Embed = []string{"page/b.txt"}
	packages["app/b"] = b
	return Request{
		Packages: packages, Root: "app/root", Dir: t.TempDir(), Generation: 1,
		Print: func(path string) string { return path },
	}
}

// What changes has another path, and all that imports it, and nothing else.
func TestPaths(t *testing.T) {
	r := tree(t)
	before := mustMake(t, r)
	moved := func(r Request) string {
		after := mustMake(t, r)
		var names []string
		for _, path := range []string{"app/root", "app/a", "app/b"} {
			if after.Paths[path] != before.Paths[path] {
				names = append(names, path)
			}
		}
		return strings.Join(names, " ")
	}
	if got := moved(r); got != "" {
		t.Errorf("without a change another path have %s", got)
	}
	next := r
	next.Generation = 2
	if got := moved(next); got != "app/root" {
		t.Errorf("in the next generation another path have %s", got)
	}
	if after := mustMake(t, next); after.Hash != before.Hash {
		t.Error("the next generation of the same sources has another hash")
	}
	other := r
	other.Print = func(string) string { return "other" }
	if got := moved(other); got != "app/root" {
		t.Errorf("after a change of what keeps its path another have %s", got)
	}
	burnt := r
	burnt.Burnt = map[string]bool{before.Paths["app/a"]: true}
	if got := moved(burnt); got != "app/root app/a" {
		t.Errorf("in place of a burnt path another have %s", got)
	}
	write(t, filepath.Join(r.Packages["app/b"].Dir, "page", "b.txt"), "other")
	if got := moved(r); got != "app/root app/a app/b" {
		t.Errorf("after a change of what is embedded another path have %s", got)
	}
	for path, file := range before.Replace {
		if Restore(filepath.ToSlash(path)) == filepath.ToSlash(path) {
			t.Errorf("%s is laid over a real file", path)
		}
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
	if n := len(before.Replace); n != 5 { // three sources, what keeps all, what is embedded
		t.Errorf("%d files are laid over the tree: %v", n, before.Replace)
	}
}

func TestCycle(t *testing.T) {
	r := tree(t)
	write(t, filepath.Join(r.Packages["app/b"].Dir, "b.go"), "package b\n\nimport _ \"app/a\"\n")
	if _, err := Make(r); !errors.Is(err, ErrCycle) {
		t.Errorf("error %v, want a cycle", err)
	}
	r = tree(t)
	packages := maps.Clone(r.Packages)
	gone := packages["app/b"]
	gone.Go = []string{"gone.go"}
	packages["app/b"], r.Packages = gone, packages
	if _, err := Make(r); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want a file that is not there", err)
	}
}

func TestRestore(t *testing.T) {
	for text, want := range map[string]string{
		"app/greet/hr0123456789abcdef.New(0x1)":             "app/greet.New(0x1)",
		"plugins/greet/hr0123456789abcdef/greet.go:3:4: no": "plugins/greet/greet.go:3:4: no",
		"app/hr0123/x and hr0123456789abcdef":               "app/hr0123/x and hr0123456789abcdef",
		"app/hr0123456789abcdef0/x":                         "app/hr0123456789abcdef0/x",
	} {
		if got := Restore(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func mustMake(t *testing.T, r Request) *Overlay {
	t.Helper()
	o, err := Make(r)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
