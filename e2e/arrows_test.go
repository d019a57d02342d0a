package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows are which packages of ours a package may import. Data goes one way.
var arrows = map[string][]string{
	"":             {"internal/cli"},
	"internal/cli": {"build", "internal/agent", "internal/airimport", "internal/broker", "internal/bus", "internal/config", "internal/control", "internal/doctor", "internal/fleet", "internal/hotcopy", "internal/mailbox", "internal/proxy", "internal/proxy/browser", "internal/supervise", "internal/tty", "internal/visible", "runner", "session", "ui", "ui/editor", "ui/keys", "ui/tui", "watch"},

	"ui":                   {"internal/visible", "session", "ui/modes", "ui/tui", "ui/words"},
	"ui/tui":               {"build", "internal/fleet", "internal/mailbox", "internal/tty", "session", "ui/display", "ui/editor", "ui/keys", "ui/modes", "ui/quiet", "ui/words"},
	"ui/words":             {"internal/visible", "session"},
	"ui/display":           {},
	"ui/editor":            {},
	"ui/keys":              {},
	"ui/internal/recorded": {"build", "session"}, // for tests
	"ui/modes":             {},
	"ui/quiet":             {},

	"session": {"build", "internal/fleet", "internal/mailbox", "internal/proxy", "internal/proxy/browser", "internal/visible", "runner", "watch"},

	"runner":                 {"build", "internal/appsock", "internal/mailbox", "internal/proxy", "internal/supervise", "internal/tty"},
	"build":                  {"build/diag", "build/direct", "build/gocmd", "build/graph", "build/inject", "build/plugin", "build/shared", "internal/glob", "internal/ownership", "internal/paths"},
	"build/plugin":           {"build/diag", "build/direct", "build/gocmd", "build/graph", "build/plugin/overlay"},
	"build/plugin/overlay":   {},
	"build/direct":           {"build/diag", "build/gocmd", "build/graph"},
	"build/shared":           {"build/direct", "build/gocmd"},
	"build/graph":            {"build/gocmd", "internal/paths"},
	"build/inject":           {"build/gocmd", "internal/paths"},
	"build/gocmd":            {"build/diag", "internal/supervise"},
	"build/diag":             {},
	"build/internal/modtest": {}, // for tests
	"watch":                  {"internal/glob", "internal/mailbox", "internal/paths", "watch/gitignore"},
	"watch/gitignore":        {"internal/paths"},

	"internal/agent":             {"build", "internal/bus", "internal/fleet", "internal/mailbox", "internal/proxy", "runner", "session", "watch"},
	"internal/airimport":         {"internal/config"},
	"internal/appsock":           {"internal/appsock/wire"},
	"internal/appsock/wire":      {},
	"internal/broker":            {"build/gocmd"},
	"internal/broker/brokertest": {"internal/broker"},
	"internal/bus":               {"internal/delta", "internal/fleet", "internal/mailbox"},
	"internal/config":            {"build", "internal/fleet", "internal/glob", "internal/ownership", "internal/proxy", "runner", "watch"},
	"internal/control":           {"internal/mailbox", "session"},
	"internal/delta":             {},
	"internal/doctor":            {"internal/paths"},
	"internal/fleet":             {"build", "runner"},
	"internal/glob":              {},
	"internal/hotcopy":           {},
	"internal/publish":           {},
	"internal/mailbox":           {},
	"internal/ownership":         {},
	"internal/paths":             {},
	"internal/proxy":             {"internal/pagescript", "internal/proxy/browser", "internal/visible"},
	"internal/proxy/browser":     {"internal/appsock/wire", "internal/mailbox", "internal/pagescript"},
	"internal/pagescript":        {},
	"internal/chromium":          {}, // for tests
	"internal/supervise":         {},
	"internal/tty":               {},
	"internal/visible":           {},

	"hot":                  {"hot/internal/process", "internal/appsock/wire", "internal/pagescript"}, // and nothing outside the standard library
	"hot/internal/process": {"internal/appsock/wire"},
	"hot/hotplug":          {"hot", "hot/hotplug/carry", "hot/internal/process", "internal/appsock/wire"},
	"hot/hotplug/carry":    {},

	"docs": {},
	"e2e":  {},
}

// listedPackage is what the tests here need of go list.
type listedPackage struct {
	ImportPath, Dir  string
	Imports, GoFiles []string
	IgnoredGoFiles   []string // for other systems
}

// modulePath is the address of this module, which whoever publishes it chooses.
func modulePath(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// ownPackages are those of this module, by their path in it.
func ownPackages(t *testing.T) map[string]listedPackage {
	t.Helper()
	module := modulePath(t)
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles,IgnoredGoFiles", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]listedPackage{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listedPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		own := []string{}
		for _, path := range p.Imports {
			if rest, ok := strings.CutPrefix(path, module+"/"); ok {
				own = append(own, rest)
			}
		}
		p.Imports = own
		packages[strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")] = p
	}
}

func TestImports(t *testing.T) {
	packages := ownPackages(t)
	for name, p := range packages {
		if strings.HasPrefix(name, "examples/") {
			continue
		}
		allowed, known := arrows[name]
		if !known {
			t.Errorf("package %q has no arrows: say in this file what it may import", name)
		}
		for _, path := range p.Imports {
			if !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s; of ours it may import %v alone", p.ImportPath, path, allowed)
			}
		}
	}
	for name := range arrows {
		if _, ok := packages[name]; !ok {
			t.Errorf("package %q is gone, and its arrows are not", name)
		}
	}
}

// What an app imports brings nothing else into it.
func TestHotIsStandardLibraryOnly(t *testing.T) {
	module := modulePath(t)
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", module+"/hot").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{module + "/internal/appsock/wire", module + "/hot/internal/process", module + "/internal/pagescript", module + "/hot"}
	if got := strings.Fields(string(out)); !slices.Equal(got, want) {
		t.Errorf("hot is made of %v besides the standard library", got)
	}
}

// Only a main ends the program, and nothing happens before it begins.
func TestNoExitAndNoInit(t *testing.T) {
	for name, p := range ownPackages(t) {
		for _, file := range slices.Concat(p.GoFiles, p.IgnoredGoFiles) {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			syntax, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			mayExit := file == "main.go" && (name == "" || name == "internal/publish")
			for _, found := range exitsAndInits(syntax, mayExit) {
				t.Errorf("%s: %s", fset.Position(found.at), found.what)
			}
		}
	}
}

type finding struct {
	at   token.Pos
	what string
}

// exitsAndInits finds calls that end the program, unless they may, and functions
// that run before main.
func exitsAndInits(file *ast.File, mayExit bool) []finding {
	names := map[string]string{} // that packages go by in this file -> their paths
	for _, i := range file.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(imported)
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = imported
	}
	var found []finding
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				found = append(found, finding{n.Pos(), "func init"})
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok || mayExit {
				break
			}
			of := names[x.Name]
			ends := of == "os" && n.Sel.Name == "Exit" || of == "syscall" && n.Sel.Name == "Exit" ||
				of == "log" && strings.HasPrefix(n.Sel.Name, "Fatal")
			if ends {
				found = append(found, finding{n.Pos(), of + "." + n.Sel.Name + " outside main.go"})
			}
		}
		return true
	})
	return found
}
