package graph

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/build/gocmd"
	"hotreload/build/internal/modtest"
)

// change is what happens to a file after the graph was made, and the verdict on it.
type change struct {
	name string
	file string // below the root, with slashes
	do   func(t *testing.T, file string)
	want Verdict
}

// graphOf loads the graph of an unpacked module.
func graphOf(t *testing.T, root string, o gocmd.Options) *Graph {
	t.Helper()
	g, err := Load(t.Context(), gocmd.NewRunner(root), o, ".")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(g.Dirs) {
		t.Errorf("Dirs are not sorted: %q", g.Dirs)
	}
	return g
}

// judge makes one change at a time, each to the original module.
func judge(t *testing.T, g *Graph, root string, changes []change) {
	t.Helper()
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(root, filepath.FromSlash(c.file))
			before, err := os.ReadFile(file)
			if c.do != nil {
				c.do(t, file)
				defer func() {
					if errors.Is(err, fs.ErrNotExist) {
						os.RemoveAll(file)
					} else if err == nil {
						modtest.Write(t, file, string(before))
					}
				}()
			}
			if diff := cmp.Diff(c.want, g.Of(file)); diff != "" {
				t.Errorf("verdict of %s (-want +got):\n%s", c.file, diff)
			}
		})
	}
}

func to(text string) func(*testing.T, string) {
	return func(t *testing.T, file string) { modtest.Write(t, file, text) }
}

func remove(t *testing.T, file string) {
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

func part(of string) Verdict { return Verdict{Built: true, Reason: "part of package " + of} }
func newIn(of string) Verdict {
	return Verdict{Built: true, Reason: "new in package " + of, Relist: true}
}
func excluded(by string) Verdict {
	return Verdict{LeftOut: true, Reason: "left out by its build constraints (" + by + ")"}
}
func embedded(of string) Verdict { return Verdict{Built: true, Reason: "embedded in package " + of} }
func relisted(v Verdict) Verdict { v.Relist = true; return v }

var (
	decides = Verdict{Built: true, Reason: "what decides which modules the app is built from", Relist: true}
	aTest   = Verdict{Reason: "a test"}
	nothing = Verdict{Reason: "not used to build the app"}
	foreign = Verdict{Reason: "not in a package that the app is built from"}
)

const appModule = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import "example.com/app/page"

func main() { println(page.Logo) }
-- main_test.go --
package main
-- other_plan9.go --
package main
-- never.go --
//go:build never

package main
-- README.md --
# app
-- page/page.go --
package page

import "embed"

//go:embed logo.svg
var Logo string

//go:embed static all:raw tpl/*.html tpl/*/deep
var Files embed.FS
-- page/logo.svg --
<svg/>
-- page/static/css/site.css --
p {}
-- page/static/_draft.css --
p {}
-- page/raw/.hidden --
x
-- page/tpl/index.html --
<p>
-- page/tpl/a/deep/x.txt --
x
-- tool/tool.go --
package tool
-- tool/tool_test.go --
package tool
`

func TestGraphOf(t *testing.T) {
	root := modtest.Unpack(t, appModule)
	g := graphOf(t, root, gocmd.Options{})
	const app, page = "example.com/app", "example.com/app/page"
	const mainGo = "package main\n\nimport \"example.com/app/page\"\n\nfunc main() { println(page.Logo) }\n"
	const pageGo = "package page\n\nimport \"embed\"\n\n//go:embed logo.svg\nvar Logo string\n\n" +
		"//go:embed static all:raw tpl/*.html tpl/*/deep\nvar Files embed.FS\n"
	judge(t, g, root, []change{
		{name: "touched", file: "main.go", want: part(app)},
		{name: "body", file: "main.go", do: to(strings.Replace(mainGo, "println", "print", 1)), want: part(app)},
		{name: "a directive for the compiler", file: "main.go", do: to(strings.Replace(mainGo, "func", "//go:noinline\nfunc", 1)), want: part(app)},
		{name: "a comment", file: "main.go", do: to("// Hello.\n" + mainGo), want: part(app)},
		{name: "body that does not parse", file: "main.go", do: to(strings.Replace(mainGo, "println(", "println((", 1)), want: part(app)},
		{name: "another import", file: "main.go", do: to(strings.Replace(mainGo, "import", "import _ \"fmt\"\nimport", 1)), want: relisted(part(app))},
		{name: "an import less", file: "main.go", do: to("package main\n\nfunc main() {}\n"), want: relisted(part(app))},
		{name: "another constraint", file: "main.go", do: to("//go:build !windows\n\n" + mainGo), want: relisted(part(app))},
		{name: "another package name", file: "main.go", do: to(strings.Replace(mainGo, "package main", "package app", 1)), want: relisted(part(app))},
		{name: "imports that do not parse", file: "main.go", do: to("package main\n\nimport \"\n"), want: relisted(part(app))},
		{name: "emptied", file: "main.go", do: to(""), want: relisted(part(app))},
		{name: "removed", file: "main.go", do: remove, want: relisted(part(app))},
		{name: "of a dependency", file: "page/page.go", do: to(pageGo + "\nconst x = 1\n"), want: part(page)},
		{name: "another embed pattern", file: "page/page.go", do: to(strings.Replace(pageGo, "tpl/*.html", "tpl", 1)), want: relisted(part(page))},

		{name: "new", file: "new.go", do: to("package main\n"), want: newIn(app)},
		{name: "new in a dependency", file: "page/new.go", do: to("package page\n"), want: newIn(page)},
		{name: "new, and does not parse", file: "new.go", do: to("packag"), want: newIn(app)},
		{name: "new assembly", file: "new.s", do: to("// x\n"), want: newIn(app)},
		{name: "new C file without cgo", file: "new.c", do: to("int x;\n"), want: nothing},
		{name: "new for another system", file: "new_plan9.go", do: to("package main\n"), want: excluded("_plan9.go")},
		{name: "new with a constraint that does not hold", file: "new.go", do: to("//go:build never\n\npackage main\n"), want: excluded("//go:build never")},
		{name: "new, ignored by go as a draft", file: "_new.go", do: to("package main\n"), want: foreign},
		{name: "an editor's lock", file: ".#main.go", do: to("x"), want: foreign},
		{name: "an editor's backup", file: "main.go~", do: to("x"), want: nothing},

		{name: "GOOS suffix", file: "other_plan9.go", do: to("package main\n\nvar X int\n"), want: excluded("_plan9.go")},
		{name: "GOOS suffix, removed", file: "other_plan9.go", do: remove, want: excluded("_plan9.go")},
		{name: "constraint", file: "never.go", want: excluded("//go:build never")},
		{name: "constraint taken away", file: "never.go", do: to("package main\n"), want: newIn(app)},

		{name: "test", file: "main_test.go", do: to("package main\n\nimport _ \"testing\"\n"), want: aTest},
		{name: "new test", file: "page/page_test.go", do: to("package page\n"), want: aTest},
		{name: "test of a package that is not built", file: "tool/tool_test.go", want: aTest},
		{name: "package that is not built", file: "tool/tool.go", want: foreign},
		{name: "new package", file: "fresh/fresh.go", do: to("package fresh\n"), want: foreign},

		{name: "embedded file", file: "page/logo.svg", do: to("<svg></svg>"), want: embedded(page)},
		{name: "embedded file, removed", file: "page/logo.svg", do: remove, want: relisted(embedded(page))},
		{name: "in an embedded directory", file: "page/static/css/site.css", do: to("a {}"), want: embedded(page)},
		{name: "new in an embedded directory", file: "page/static/js/site.js", do: to("1"), want: relisted(embedded(page))},
		{name: "new directory in an embedded one", file: "page/static/js", do: func(t *testing.T, dir string) {
			if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
				t.Fatal(err)
			}
		}, want: relisted(embedded(page))},
		{name: "the embedded directory", file: "page/static", want: relisted(embedded(page))},
		{name: "a directory that a glob goes through", file: "page/tpl/a", want: Verdict{Built: true, Reason: "a directory of files that the app is built from", Relist: true}},
		{name: "draft in an embedded directory", file: "page/static/_draft.css", do: to("b {}"), want: nothing},
		{name: "hidden in an embedded directory", file: "page/static/.swp", do: to("x"), want: nothing},
		{name: "in a hidden directory of an embedded one", file: "page/static/.cache/x.css", do: to("x"), want: nothing},
		{name: "hidden in an all: directory", file: "page/raw/.hidden", do: to("y"), want: embedded(page)},
		{name: "new hidden in an all: directory", file: "page/raw/sub/_new", do: to("y"), want: relisted(embedded(page))},
		{name: "glob", file: "page/tpl/index.html", do: to("<b>"), want: embedded(page)},
		{name: "new that a glob matches", file: "page/tpl/new.html", do: to("<b>"), want: relisted(embedded(page))},
		{name: "new hidden that a glob matches", file: "page/tpl/.new.html", do: to("<b>"), want: relisted(embedded(page))},
		{name: "new that no glob matches", file: "page/tpl/new.txt", do: to("x"), want: nothing},
		{name: "new below what a glob's directory matches", file: "page/tpl/b/deep/er/x.txt", do: to("x"), want: relisted(embedded(page))},
		{name: "pattern of another package's directory", file: "static/x.css", do: to("x"), want: nothing},

		{name: "go.mod", file: "go.mod", want: decides},
		{name: "go.sum", file: "go.sum", do: to(""), want: decides},
		{name: "vendor/modules.txt", file: "vendor/modules.txt", do: to(""), want: decides},
		{name: "a go.mod that cuts a package off", file: "page/go.mod", do: to("module example.com/page\n"), want: decides},
		{name: "a go.mod where nothing is built", file: "tool/go.mod", do: to("module example.com/tool\n"), want: nothing},
		{name: "a go.work", file: "go.work", do: to("go 1.26\n"), want: decides},
		{name: "README.md", file: "README.md", want: nothing},
		{name: "a package's directory", file: "page", want: Verdict{Built: true, Reason: "where package " + page + " lies", Relist: true}},
		{name: "a directory whose name begins like a package's", file: "pages", want: nothing},
	})
	if g.Net {
		t.Error("Net, but the app does not import net")
	}
	for _, dir := range []string{root, filepath.Join(root, "page"), filepath.Join(root, "page", "static", "css")} {
		if !slices.Contains(g.Dirs, dir) {
			t.Errorf("Dirs lack %s: %q", dir, g.Dirs)
		}
	}
	if dir := filepath.Join(root, "tool"); slices.Contains(g.Dirs, dir) {
		t.Errorf("Dirs have %s, which is not built", dir)
	}
}

func TestGraphConstraints(t *testing.T) {
	for _, test := range []struct {
		name    string
		goflags string
		config  gocmd.Options
		file    string // a new one
		text    string
		want    Verdict
	}{
		{"tag unset", "", gocmd.Options{}, "new.go", "//go:build dev\n\npackage main\n", excluded("//go:build dev")},
		{"tag", "", gocmd.Options{Tags: []string{"dev"}}, "new.go", "//go:build dev\n\npackage main\n", newIn("example.com/app")},
		{"tag in flags", "", gocmd.Options{Flags: []string{"-tags=dev"}}, "new.go", "//go:build dev\n\npackage main\n", newIn("example.com/app")},
		{"tag in GOFLAGS", "-tags=dev", gocmd.Options{}, "new.go", "//go:build dev\n\npackage main\n", newIn("example.com/app")},
		{"race", "", gocmd.Options{Race: true}, "new.go", "//go:build race\n\npackage main\n", newIn("example.com/app")},
		{"not race", "", gocmd.Options{Race: true}, "new.go", "//go:build !race\n\npackage main\n", excluded("//go:build !race")},
		{"GOOS", "", gocmd.Options{Env: map[string]string{"GOOS": "plan9"}}, "new_plan9.go", "package main\n", newIn("example.com/app")},
		{"another GOOS", "", gocmd.Options{Env: map[string]string{"GOOS": "plan9"}}, "new_linux.go", "package main\n", excluded("_linux.go")},
		{"GOARCH", "", gocmd.Options{Env: map[string]string{"GOARCH": "riscv64"}}, "new_riscv64.go", "package main\n", newIn("example.com/app")},
		{"cgo", "", gocmd.Options{Env: map[string]string{"CGO_ENABLED": "1"}}, "new.go", "//go:build cgo\n\npackage main\n", newIn("example.com/app")},
		{"GOOS and GOARCH", "", gocmd.Options{Env: map[string]string{"GOOS": "plan9", "GOARCH": "arm"}}, "new_linux_arm.go", "package main\n", excluded("_linux_arm.go")},
		{"no cgo", "", gocmd.Options{Env: map[string]string{"CGO_ENABLED": "0"}}, "new.go", "//go:build cgo\n\npackage main\n", excluded("//go:build cgo")},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := modtest.Unpack(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n-- main.go --\npackage main\n\nfunc main() {}\n")
			t.Setenv("GOFLAGS", test.goflags)
			g := graphOf(t, root, test.config)
			judge(t, g, root, []change{{name: test.file, file: test.file, do: to(test.text), want: test.want}})
		})
	}
}

// A constraint may be written in several forms.
func TestGraphConstraintForms(t *testing.T) {
	t.Parallel()
	const source = "package main\n\nfunc init() {}\n"
	root := modtest.Unpack(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.16\n-- main.go --\npackage main\n\nfunc main() {}\n-- extra.go --\n"+source)
	g := graphOf(t, root, gocmd.Options{})
	var changes []change
	for name, constraint := range map[string]string{
		"go:build":            "//go:build never\n\n",
		"after a BOM":         "\ufeff//go:build never\n\n",
		"old":                 "// +build never\n\n",
		"old without a blank": "//+build never\n\n",
		"old with a tab":      "//\t+build never\n\n",
		"carriage return":     "//go:build never\r\n\r\n",
	} {
		changes = append(changes, change{name: name, file: "extra.go", do: to(constraint + source), want: relisted(part("example.com/app"))})
	}
	judge(t, g, root, changes)
}

func TestGraphNative(t *testing.T) {
	root := modtest.Unpack(t, `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import (
	_ "example.com/app/native"
	_ "example.com/app/sum"
)

func main() {}
-- native/native.go --
package native

// int one(void);
import "C"

func One() int { return int(C.one()) }
-- native/one.c --
int one(void) { return 1; }
-- native/one.h --
-- sum/sum.go --
package sum

func Sum()
-- sum/sum.s --
#include "sum.h"
-- sum/sum.h --
`)
	g := graphOf(t, root, gocmd.Options{Env: map[string]string{"CGO_ENABLED": "1"}})
	const native, sum = "example.com/app/native", "example.com/app/sum"
	judge(t, g, root, []change{
		{name: "cgo file", file: "native/native.go", want: part(native)},
		{name: "C file", file: "native/one.c", do: to("int one(void) { return 2; }\n"), want: part(native)},
		{name: "header", file: "native/one.h", do: to("int x;\n"), want: part(native)},
		{name: "removed C file", file: "native/one.c", do: remove, want: relisted(part(native))},
		{name: "new C file", file: "native/two.c", do: to("int two;\n"), want: newIn(native)},
		{name: "new C file for another system", file: "native/two_plan9.c", do: to("int two;\n"), want: excluded("_plan9.c")},
		{name: "assembly", file: "sum/sum.s", do: to("// x\n"), want: part(sum)},
		{name: "header of assembly", file: "sum/sum.h", do: to("// x\n"), want: part(sum)},
		{name: "new header of assembly", file: "sum/new.h", do: to("// x\n"), want: newIn(sum)},
		{name: "C file beside assembly", file: "sum/new.c", do: to("// x\n"), want: nothing},
	})
}

func TestGraphNet(t *testing.T) {
	const mod = "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n-- main.go --\npackage main\n\n"
	for _, test := range []struct {
		name, archive string
		want          bool
	}{
		{"no", mod + "import _ \"os\"\n\nfunc main() {}\n", false},
		{"by another package", mod + "import _ \"net/http\"\n\nfunc main() {}\n", true},
		{"broken import", mod + "import _ \"example.com/none\"\n\nfunc main() {}\n", true},
		{"does not parse", mod + "import \"\n", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := modtest.Unpack(t, test.archive)
			g := graphOf(t, root, gocmd.Options{})
			if g.Net != test.want {
				t.Errorf("Net is %v", g.Net)
			}
			if v := g.Of(filepath.Join(root, "main.go")); !v.Built {
				t.Errorf("main.go is not built from: %+v", v)
			}
		})
	}
}

// A package that does not compile or does not yet exist must come alive once
// its files are there.
func TestGraphBroken(t *testing.T) {
	root := modtest.Unpack(t, `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import _ "embed"

//go:embed missing.txt
var text string

func main() {}
-- sub/doc.txt --
`)
	judge(t, graphOf(t, root, gocmd.Options{}), root, []change{
		{name: "the file that an embed pattern misses", file: "missing.txt", do: to("x"), want: relisted(embedded("example.com/app"))},
	})
}

func TestGraphErrors(t *testing.T) {
	root := modtest.Unpack(t, "-- go.mod --\nmodul example.com/app\n-- main.go --\npackage main\n")
	g, err := Load(t.Context(), gocmd.NewRunner(root), gocmd.Options{}, ".")
	if g != nil || err == nil || !strings.Contains(err.Error(), "go.mod:1: unknown directive: modul") {
		t.Errorf("a broken go.mod gives %v, %v", g, err)
	}
}

func TestNilGraph(t *testing.T) {
	perhaps := Verdict{Built: true, Reason: "possibly part of the app, whose package graph is not known", Relist: true}
	for file, want := range map[string]Verdict{
		"main.go": perhaps, "a/b_plan9.go": perhaps, "go.mod": perhaps, "go.sum": perhaps, "go.work": perhaps,
		"go.work.sum": perhaps, "vendor/modules.txt": perhaps,
		"main_test.go": aTest, "README.md": nothing, "go.txt": nothing,
	} {
		if diff := cmp.Diff(want, (*Graph)(nil).Of(filepath.Join(t.TempDir(), file))); diff != "" {
			t.Errorf("verdict of %s (-want +got):\n%s", file, diff)
		}
	}
}
