//go:build unix

package build

import (
	"fmt"
	"os/exec"
	"testing"

	"hotreload/build/graph"
	"hotreload/build/internal/modtest"
)

// What C code includes from elsewhere is compiled in, which the go command's own cache
// does not notice; an edit of Go code stays a direct build.
func TestIncluded(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("cgo needs gcc")
	}
	w := newWorkshop(t, `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import "example.com/app/native"

func main() { println("app", native.Sum()) }
-- native/native.go --
package native

/*
#cgo CFLAGS: -I${SRCDIR}/../system
#include <stdlib.h>
#include "../inc/a.h"
#include "below/b.h"
#include <c.h>
#include "own.h"
int table(void);
*/
import "C"

func Sum() int { return int(C.A + C.B + C.CC + C.OWN + C.table()) }
-- native/table.c --
#include "table.inc"
int table(void) { return TABLE; }
-- native/table.inc --
#define TABLE 1
-- native/own.h --
#define OWN 10
-- native/below/b.h --
#define B 100
-- inc/a.h --
#include "deeper.h"
-- inc/deeper.h --
#define A 1000
-- system/c.h --
#define CC 10000
`)
	w.config.Env = map[string]string{"CGO_ENABLED": "1"}
	g, err := w.builder.Graph(t.Context(), w.config, ".")
	if err != nil {
		t.Fatal(err)
	}
	w.included = g.Included() // without the system's headers
	if got := len(w.included[w.at("native")].Files); got != 5 {
		t.Errorf("included: %q", w.included)
	}
	w.expect(false, "app 11111\n")
	w.edit("native/table.inc", "1", "2")
	w.edit("native/below/b.h", "100", "200")
	w.edit("system/c.h", "10000", "20000")
	w.expect(false, "app 21212\n", "native/table.inc")
	w.learn()
	w.edit("main.go", `"app"`, `"APP"`)
	w.expect(true, "APP 21212\n", "main.go")
	w.edit("inc/deeper.h", "1000", "2000")
	w.expect(false, "APP 22212\n") // though nothing reports it

	w.config.Command, w.config.Output = []string{"go", "build", "-o", "output", "."}, "output"
	w.edit("inc/deeper.h", "2000", "3000")
	w.expect(false, "APP 23212\n", "inc/deeper.h")
}

// A header that is not there yet is awaited wherever the compiler would find it.
func TestIncludedLater(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("cgo needs gcc")
	}
	w := newWorkshop(t, `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

// #cgo CFLAGS: -Igen
// #include "made.h"
import "C"

func main() { println(C.X) }
`)
	w.config.Env = map[string]string{"CGO_ENABLED": "1"}
	g, err := w.builder.Graph(t.Context(), w.config, ".")
	if err != nil {
		t.Fatal(err)
	}
	want := graph.Verdict{Built: true, Relist: true, Reason: "a header that C code of the app includes, and that is not there"}
	if got := g.OfNew(w.at("gen/made.h")); got.Reason != want.Reason || !got.Built || !got.Relist {
		t.Errorf("verdict %+v, want %+v", got, want)
	}
}

// Several packages include something, and the flags of go env -w hold for build.command.
func TestIncludedInManyPackages(t *testing.T) {
	modtest.Slow(t)
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("cgo needs gcc")
	}
	archive := "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n-- goenv --\nGOFLAGS=-tags=written\n" +
		"-- tag.go --\n//go:build !written\n\npackage main\n\nconst tag = \"none\"\n-- tagged.go --\n//go:build written\n\npackage main\n\nconst tag = \"written\"\n"
	imports, sum := "", "0"
	for n := range 5 {
		archive += fmt.Sprintf("-- p%d/p.go --\npackage p%[1]d\n\n// #include \"../inc/x%[1]d.h\"\nimport \"C\"\n\nconst X = C.X\n-- inc/x%[1]d.h --\n#define X 1\n", n)
		imports, sum = imports+fmt.Sprintf("import \"example.com/app/p%d\"\n", n), sum+fmt.Sprintf(" + p%d.X", n)
	}
	w := newWorkshop(t, archive+"-- main.go --\npackage main\n\n"+imports+"\nfunc main() { println(tag, "+sum+") }\n")
	w.config.Env = map[string]string{"CGO_ENABLED": "1", "GOENV": w.at("goenv")}
	w.config.Command, w.config.Output = []string{"go", "build", "-o", "output", "."}, "output"
	g, err := w.builder.Graph(t.Context(), w.config, ".")
	if err != nil {
		t.Fatal(err)
	}
	w.included = g.Included()
	for n := range 5 {
		if got := w.included[w.at(fmt.Sprintf("p%d", n))].Files; len(got) != 1 || got[0] != w.at(fmt.Sprintf("inc/x%d.h", n)) {
			t.Errorf("package p%d includes %q", n, got)
		}
	}
	w.expect(false, "written 5\n")
	w.edit("inc/x3.h", "1", "2")
	w.expect(false, "written 6\n", "inc/x3.h")
}
