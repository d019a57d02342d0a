package shared

import (
	"slices"
	"strings"
	"testing"
)

// Packages are initialized as by go build: after what they import, and otherwise in the
// order of their names, wherever they are.
func TestInitOrder(t *testing.T) {
	imports := map[string][]string{
		"main":       {"app/b", "lib/a", "app/none"},
		"app/b":      {"lib/z"},
		"lib/a":      {"runtime"},
		"lib/z":      {"runtime", "app/none"},
		"app/none":   {"lib/late"}, // has nothing to initialize, nor has what it imports
		"elsewhere":  {"runtime"},  // in the library, but not imported
		"unreached":  {"elsewhere"},
		"lib/late":   nil,
		"runtime":    nil,
		"app/unused": nil,
	}
	tasks := map[string]bool{"main": true, "app/b": true, "lib/a": true, "lib/z": true, "runtime": true, "elsewhere": true}
	got := strings.Join(initOrder(tasks, imports), " ")
	const want = "runtime..inittask lib/a..inittask lib/z..inittask app/b..inittask main..inittask"
	if got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

func TestSpelled(t *testing.T) {
	for path, want := range map[string]string{
		"example.com/app":        "example.com/app",
		"gopkg.in/yaml.v3":       "gopkg.in/yaml%2ev3",
		"example.com/a.b/c.d":    "example.com/a.b/c%2ed",
		"example.com/gr\u00fcn":  "example.com/gr%c3%bcn",
		`example.com/50%/"quote`: "example.com/50%25/%22quote",
	} {
		if got := spelled(path); got != want {
			t.Errorf("%s is spelled %s, want %s", path, got, want)
		}
	}
}

// These names are from a library that Go's linker made.
func TestMangled(t *testing.T) {
	for name, want := range map[string]string{
		"type:time.Time":               "type:time.Time", // short
		"type:time.Location":           "type:jm1x9/61",
		"type:os/user.User":            "type:b8Oc+QVv",
		"type:[]*os.dirInfo":           "type:FojsTm3T",
		"type:runtime.moduledata":      "type:runtime.moduledata",
		"go:itab.*os.File,io.Writer":   "go:itab.*os.File,io.Writer",
		"main.main":                    "main.main",
		"sync/atomic.Pointer[os.info]": "sync/atomic.Pointer[os.info]",
	} {
		if got := mangled(name); got != want {
			t.Errorf("%s is %s in a library, want %s", name, got, want)
		}
	}
}

func TestLinkerFlags(t *testing.T) {
	call := []string{"/go/link", "-o", "out", "-importcfg", "cfg", "-X=main.a=b", "-X", "main.c=d", "-buildmode=exe", "-buildid=x/y", "-w", "-extld=gcc", "main.a"}
	flags, why := linkerFlags(call)
	if want := []string{"-X=main.a=b", "-X", "main.c=d", "-extld=gcc"}; why != "" || !slices.Equal(flags, want) {
		t.Errorf("flags %q, %s; want %q", flags, why, want)
	}
	for _, flag := range []string{"-linkmode=internal", "-buildmode=pie", "-race", "-extldflags=-static"} {
		if _, why := linkerFlags(slices.Insert(slices.Clone(call), 5, flag)); why != "the linker gets "+flag {
			t.Errorf("with %s: %q", flag, why)
		}
	}
}

func TestCallOfLd(t *testing.T) {
	command, err := words(` "/usr/lib/collect2" -plugin /usr/lib/lto.so "-plugin-opt=-pass-through=-lgcc" -o "a file" "quoted \"name\"" go.o`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/usr/lib/collect2", "-o", "a file", `quoted "name"`, "go.o"}
	if got := withoutPlugin(command); !slices.Equal(got, want) {
		t.Errorf("words %q, want %q", got, want)
	}
	if _, err := words(`"open`); err == nil {
		t.Error("a quotation that does not end was read")
	}
}
