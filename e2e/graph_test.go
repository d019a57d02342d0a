//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the app is built from rebuilds it, with no configuration, and nothing
// else does.

// deed is one change of a project and what is to come of it.
type deed struct {
	name   string
	do     func(h *tool)
	rung   string
	reason string // a part of it
	prints string // by the new version; empty if there is none
}

// edits is a deed's change of a text in a file.
func edits(name, old, with string) func(*tool) {
	return func(h *tool) { h.edit(name, old, with) }
}

// writes is a deed that makes or overwrites a file.
func writes(name, text string) func(*tool) { return func(h *tool) { h.save(name, text) } }

// removes is a deed that removes a file or a directory.
func removes(name string) func(*tool) {
	return func(h *tool) {
		h.t.Helper()
		h.mark()
		if err := os.RemoveAll(filepath.Join(h.dir, name)); err != nil {
			h.t.Fatal(err)
		}
	}
}

// perform does the deeds one after another.
func (h *tool) perform(deeds []deed) {
	h.t.Helper()
	for _, d := range deeds {
		d.do(h)
		plan := h.await("plan")
		if plan.text("rung") != d.rung || !strings.Contains(plan.text("reason"), d.reason) {
			h.t.Errorf("%s: %s, want %s: %s", d.name, plan, d.rung, d.reason)
		}
		if d.prints != "" {
			h.await("app.output", contains("text", d.prints))
		}
		h.await("cycle")
	}
}

// talk makes a main function of a project print what its parts say.
const talk = `package main

import (
	"fmt"
	"time"

	"example.com/app/assembly"
	"example.com/app/c"
	"example.com/app/page"
	"example.com/lib"
	"example.com/sibling"
)

func main() {
	fmt.Println("begin", assembly.Get(), c.Get(), page.Text, lib.Name, sibling.Name, extra, "end")
	time.Sleep(time.Hour)
}

var extra string
`

// workspaceOf is a module in a workspace, with another that it replaces.
func workspaceOf(t *testing.T) string {
	return module(t, map[string]string{
		"go.work":                  "go 1.26\n\nuse ./app\nuse ./sibling\n",
		"sibling/go.mod":           "module example.com/sibling\n\ngo 1.26\n",
		"sibling/sibling.go":       "package sibling\n\nvar Name = \"sibling-1\"\n",
		"lib/go.mod":               "module example.com/lib\n\ngo 1.26\n",
		"lib/lib.go":               "package lib\n\nvar Name = \"lib-1\"\n",
		"app/go.mod":               "module example.com/app\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n",
		"app/main.go":              talk,
		"app/assembly/get.go":      "package assembly\n\n// Get is written in assembly.\nfunc Get() int\n",
		"app/assembly/get_amd64.s": "TEXT ·Get(SB), 4, $0-8\n\tMOVQ $11, AX\n\tMOVQ AX, ret+0(FP)\n\tRET\n",
		"app/assembly/get_arm64.s": "TEXT ·Get(SB), 4, $0-8\n\tMOVD $11, R0\n\tMOVD R0, ret+0(FP)\n\tRET\n",
		"app/c/c.go":               "package c\n\n// #include \"c.h\"\nimport \"C\"\n\nfunc Get() int { return int(C.get()) }\n",
		"app/c/c.h":                "int get(void);\n",
		"app/c/c.c":                "#include \"c.h\"\n\nint get(void) { return 21; }\n",
		"app/page/page.go":         "package page\n\nimport _ \"embed\"\n\n//go:embed page.txt\nvar Text string\n",
		"app/page/page.txt":        "page-1",
		"app/other/main.go":        "package main\n\nfunc main() {}\n",
		"app/unused/u.go":          "package unused\n\nconst Word = \"unused-1\"\n",
		"app/plan9_plan9.go":       "package main\n\nfunc init() { extra = \"plan9\" }\n",
		"app/tagged.go":            "//go:build never\n\npackage main\n\nfunc init() { extra = \"tagged\" }\n",
		"app/main_test.go":         "package main\n",
		"app/README.md":            "readme\n",
	})
}

func TestBuiltFrom(t *testing.T) {
	slow(t)
	t.Parallel()
	need(t, "gcc")
	top := workspaceOf(t)
	h := start(t, filepath.Join(top, "app"))
	h.await("app.output", contains("text", "begin 11 21 page-1 lib-1 sibling-1  end"))
	h.await("cycle", with("result", "ok"))

	assembly := []string{"assembly/get_amd64.s", "assembly/get_arm64.s"}
	deeds := []deed{
		{"a test", writes("main_test.go", "package main\n\n"), "none", "main_test.go is a test", ""},
		{"a new test", writes("page/page_test.go", "package page\n"), "none", "page/page_test.go is a test", ""},
		{"another command", edits("other/main.go", "{}", "{ println() }"), "none", "other/main.go is not in a package that the app is built from", ""},
		{"a package not imported", edits("unused/u.go", "unused-1", "unused-2"), "none", "unused/u.go is not in a package that the app is built from", ""},
		{"another system's file", edits("plan9_plan9.go", "plan9\"", "plan\""), "none", "plan9_plan9.go is left out by its build constraints", ""},
		{"a file left out by a tag", edits("tagged.go", "tagged\"", "by a tag\""), "none", "tagged.go is left out by its build constraints", ""},
		{"a document", edits("README.md", "readme", "read me"), "none", "README.md is not used to build the app", ""},

		{"an embedded file", edits("page/page.txt", "page-1", "page-2"), "restart", "page/page.txt is embedded in package example.com/app/page", "begin 11 21 page-2 lib-1 sibling-1  end"},
		{"a sibling of go.work", edits("../sibling/sibling.go", "sibling-1", "sibling-2"), "restart", "part of package example.com/sibling", "begin 11 21 page-2 lib-1 sibling-2  end"},
		{"a replaced module", edits("../lib/lib.go", "lib-1", "lib-2"), "restart", "part of package example.com/lib", "begin 11 21 page-2 lib-2 sibling-2  end"},
		{"a C file", edits("c/c.c", "21", "22"), "restart", "c/c.c is part of package example.com/app/c", "begin 11 22 page-2 lib-2 sibling-2  end"},
		{"a C header", edits("c/c.h", "int get(void);", "int get(void); // a number"), "restart", "c/c.h is part of package example.com/app/c", ""},
		{"assembly", func(h *tool) {
			h.mark()
			for _, name := range assembly {
				file := filepath.Join(h.dir, name)
				write(h.t, file, strings.Replace(read(h.t, file), "$11", "$12", 1))
			}
		}, "restart", "assembly/get_", "begin 12 22 page-2 lib-2 sibling-2  end"},
		{"a new file", writes("extra.go", "package main\n\nfunc init() { extra = \"extra\" }\n"), "restart", "extra.go is new in package example.com/app", "begin 12 22 page-2 lib-2 sibling-2 extra end"},
		{"an edit of it", edits("extra.go", "\"extra\"", "\"more\""), "restart", "extra.go is ", "sibling-2 more end"},
		{"a file that is gone", removes("extra.go"), "restart", "extra.go", "begin 12 22 page-2 lib-2 sibling-2  end"},
		{"a constraint that flips", edits("tagged.go", "//go:build never", "//go:build !never"), "restart", "tagged.go is new in package example.com/app", "sibling-2 by a tag end"},
		{"and back", edits("tagged.go", "//go:build !never", "//go:build never"), "restart", "tagged.go is ", "begin 12 22 page-2 lib-2 sibling-2  end"},
		{"an import", edits("page/page.go", "import _ \"embed\"", "import (\n\t_ \"embed\"\n\n\t\"example.com/app/unused\"\n)\n\nfunc init() { Text = unused.Word }"), "restart", "page/page.go is part of package example.com/app/page", "begin 12 22 unused-2 lib-2"},
		{"what it brought in", edits("unused/u.go", "unused-2", "unused-3"), "restart", "unused/u.go is part of package example.com/app/unused", "begin 12 22 unused-3 lib-2"},
		{"go.mod", edits("go.mod", "go 1.26\n", "go 1.26.0\n"), "restart", "go.mod is what decides which modules the app is built from", ""},
		{"go.work", edits("../go.work", "go 1.26\n", "go 1.26.0\n"), "restart", "go.work is what decides which modules the app is built from", ""},
	}
	h.perform(deeds)
}

func TestBuiltFromVendored(t *testing.T) {
	t.Parallel()
	h := start(t, module(t, map[string]string{
		"go.mod":                        goMod + "\nrequire example.com/dep v1.0.0\n",
		"vendor/modules.txt":            "# example.com/dep v1.0.0\n## explicit; go 1.26\nexample.com/dep\n",
		"vendor/example.com/dep/dep.go": "package dep\n\nvar Name = \"dep-1\"\n",
		"main.go":                       "package main\n\nimport (\n\t\"fmt\"\n\t\"time\"\n\n\t\"example.com/dep\"\n)\n\nfunc main() {\n\tfmt.Println(dep.Name)\n\ttime.Sleep(time.Hour)\n}\n",
		".gitignore":                    "vendor/\n",
	}))
	h.await("app.output", contains("text", "dep-1"))
	h.await("cycle", with("result", "ok"))
	h.perform([]deed{
		{"a vendored package", edits("vendor/example.com/dep/dep.go", "dep-1", "dep-2"), "restart",
			"vendor/example.com/dep/dep.go is part of package example.com/dep", "dep-2"},
		{"what decides what is vendored", edits("vendor/modules.txt", "go 1.26\n", "go 1.26\n\n"), "restart",
			"vendor/modules.txt is what decides which modules the app is built from", ""},
	})
}
