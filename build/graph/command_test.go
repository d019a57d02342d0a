package graph

import (
	"path/filepath"
	"slices"
	"testing"

	"hotreload/build/gocmd"
	"hotreload/build/internal/modtest"
)

const commandModule = `
-- app/go.mod --
module example.com/app

go 1.26

require example.com/beside v0.0.0

replace example.com/beside => ../beside
-- app/Makefile --
app:
	go build -tags foo -o out/app .
-- app/main.go --
package main

func main() {}
-- app/foo.go --
//go:build foo

package main

import "embed"
import _ "example.com/app/extra"

//go:embed static
var static embed.FS
-- app/tool.go --
//go:build ignore

package main

import _ "example.com/beside"

func main() {}
-- app/foo_test.go --
package main
-- app/static/a.html --
<p>
-- app/extra/extra.go --
package extra
-- app/extra/extra_windows.go --
package extra

import _ "example.com/nowhere/windows"
-- app/other/other.go --
package other
-- app/README.md --
# app
-- app/VERSION --
1
-- app/scripts/build --
go build
-- beside/go.mod --
module example.com/beside
-- beside/beside.go --
package beside
`

// Where build.command builds, go list with our tags does not say what it reads.
func TestWhatACommandMayRead(t *testing.T) {
	root := filepath.Join(modtest.Unpack(t, commandModule), "app")
	const (
		mayMeet = "possibly part of the build, because build.command may meet its constraints"
		mayRead = "possibly part of the build, because only build.command knows what it reads"
	)
	doubtful := Verdict{Built: true, Doubt: true, Reason: mayRead}
	changes := []change{
		{"a known file", "main.go", to("package main\n\nfunc main() { println() }\n"), part("example.com/app")},
		{"another tag", "foo.go", nil, Verdict{Built: true, Reason: mayMeet + " (//go:build foo)"}},
		{"another tag, other imports", "foo.go", to("//go:build foo\n\npackage main\n"), Verdict{Built: true, Relist: true, Reason: mayMeet + " (//go:build foo)"}},
		{"a new file with a tag", "new.go", to("//go:build bar\n\npackage main\n"), Verdict{Built: true, Relist: true, Reason: mayMeet + " (//go:build bar)"}},
		{"a tag that nothing sets", "tool.go", nil, Verdict{Built: true, Reason: mayMeet + " (//go:build ignore)"}},
		{"another system", "extra/extra_windows.go", nil, Verdict{Built: true, Reason: mayMeet + " (_windows.go)"}},
		{"a package imported only with a tag", "extra/extra.go", nil, part("example.com/app/extra")},
		{"embedded only with a tag", "static/a.html", nil, relisted(embedded("example.com/app"))},
		{"a module imported only with a tag", "../beside/beside.go", nil, part("example.com/beside")},
		{"a package that nothing imports", "other/other.go", nil, doubtful},
		{"C without cgo", "native.c", to("int x;\n"), doubtful},
		{"the makefile", "Makefile", nil, doubtful},
		{"a script that it names", "scripts/build", nil, doubtful},
		{"a file that it names", "VERSION", nil, doubtful},
		{"its output", "out/app", to("ELF"), nothing},
		{"a test", "foo_test.go", nil, aTest},
		{"text", "README.md", nil, nothing},
	}
	o := gocmd.Options{
		Command: []string{"sh", "-c", `scripts/build -ldflags="-X main.v=$(cat VERSION)" -o ./out/app . && make`}, Output: "out/app",
	}
	g := graphOf(t, root, o)
	judge(t, g, root, changes)
	if !slices.Contains(g.Dirs, filepath.Join(filepath.Dir(root), "beside")) {
		t.Errorf("a module that only a file with another tag imports is not watched: %q", g.Dirs)
	}
	if g.Net {
		t.Error("what only another system needs makes the app one that opens a port")
	}
}

// With go build the constraints are known.
func TestWhatGoBuildDoesNotRead(t *testing.T) {
	root := filepath.Join(modtest.Unpack(t, commandModule), "app")
	judge(t, graphOf(t, root, gocmd.Options{}), root, []change{
		{"another tag", "foo.go", nil, excluded("//go:build foo")},
		{"a package that nothing imports", "other/other.go", nil, foreign},
		{"the makefile", "Makefile", nil, nothing},
	})
}
