package build

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// Toolchain is the go command as it is found in a project.
type Toolchain struct {
	Path     string
	Version  string // of the one installed: "go1.26.1"
	Wanted   string // the version that go.work or go.mod asks for: "1.26.0"
	By       string // which of them: "go.mod"; empty: there is neither
	Local    bool   // it may not fetch a newer one
	Cgo      bool   // CGO_ENABLED
	Compiler string // CC
}

// Toolchain asks the go command about itself. It fetches nothing.
func (b *Builder) Toolchain(ctx context.Context, c Config) (Toolchain, error) {
	var t Toolchain
	path, err := lookPath("go", b.root)
	if err != nil {
		return t, err
	}
	t.Path = path
	// Outside the project, whose go.mod may ask for another version.
	setting, err := b.goOutput(ctx, c, os.TempDir(), "env", "GOTOOLCHAIN")
	if err != nil {
		return t, err
	}
	setting = strings.TrimSpace(setting)
	t.Local = setting == "local" || strings.HasPrefix(setting, "go1") && !strings.Contains(setting, "+")
	local := Config{Env: maps.Clone(c.Env)}
	if local.Env == nil {
		local.Env = map[string]string{}
	}
	local.Env["GOTOOLCHAIN"] = "local"
	text, err := b.goOutput(ctx, local, b.root, "env", "-json", "GOVERSION", "GOMOD", "GOWORK", "CGO_ENABLED", "CC")
	if err != nil {
		return t, err
	}
	var env struct{ GOVERSION, GOMOD, GOWORK, CGO_ENABLED, CC string }
	if err := json.Unmarshal([]byte(text), &env); err != nil {
		return t, fmt.Errorf("read what go env says: %w", err)
	}
	t.Version, t.Cgo, t.Compiler = env.GOVERSION, env.CGO_ENABLED == "1", env.CC
	file := env.GOWORK
	if file == "" || file == "off" {
		file = env.GOMOD
	}
	if file != "" && file != os.DevNull {
		t.By = filepath.Base(file)
		t.Wanted = goLine(file)
	}
	return t, nil
}

// Program finds a command as a build would.
func (b *Builder) Program(name string) (path string, err error) { return lookPath(name, b.root) }

// HasCompiler reports whether the C compiler can be found.
func (t Toolchain) HasCompiler() bool {
	words := strings.Fields(t.Compiler)
	if len(words) == 0 {
		return false
	}
	_, err := exec.LookPath(words[0])
	return err == nil
}

// goLine is the version that a go.mod or go.work asks for; empty when it cannot
// be read, which the go command says better.
func goLine(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	var line *modfile.Go
	if filepath.Ext(file) == ".work" {
		work, err := modfile.ParseWork(file, text, nil)
		if err != nil {
			return ""
		}
		line = work.Go
	} else {
		mod, err := modfile.ParseLax(file, text, nil)
		if err != nil {
			return ""
		}
		line = mod.Go
	}
	if line == nil {
		return ""
	}
	return line.Version
}

// CgoPackages are the packages with C code that pkg is built from, other than
// the standard library's.
func (b *Builder) CgoPackages(ctx context.Context, c Config, pkg string) ([]string, error) {
	c.Env = maps.Clone(c.Env)
	if c.Env == nil {
		c.Env = map[string]string{}
	}
	c.Env["CGO_ENABLED"] = "1"
	all, err := b.list(ctx, c, b.root, append(loadFlags(c), "-deps", "--", pkg)...)
	var names []string
	for _, p := range all {
		if !p.Standard && len(p.CgoFiles) > 0 {
			names = append(names, p.ImportPath)
		}
	}
	return names, err
}
