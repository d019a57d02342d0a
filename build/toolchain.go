package build

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"hotreload/build/gocmd"
)

// Toolchain is the go command that a project gets.
type Toolchain struct {
	Path     string
	Version  string // of the installed one: "go1.26.1"
	Wanted   string // the version that go.work or go.mod asks for: "1.26.0"
	By       string // which of them: "go.mod"; empty: neither exists
	Local    bool   // it may not download a newer one
	Cgo      bool   // CGO_ENABLED
	Compiler string // CC
}

// Toolchain asks the go command about itself. It downloads nothing.
func (b *Builder) Toolchain(ctx context.Context, c Config) (Toolchain, error) {
	var t Toolchain
	path, err := gocmd.LookPath("go", b.root)
	if err != nil {
		return t, err
	}
	t.Path = path
	set := c.Env
	c = b.harmless(c)
	setting := set["GOTOOLCHAIN"]
	if setting == "" { // outside the project, whose go.mod may ask for another version
		if setting, err = b.run.Go(ctx, c.Env, os.TempDir(), "env", "GOTOOLCHAIN"); err != nil {
			return t, err
		}
	}
	setting = strings.TrimSpace(setting)
	t.Local = setting == "local" || strings.HasPrefix(setting, "go1") && !strings.Contains(setting, "+")
	env, err := b.run.Settings(ctx, with(c.Env, "GOTOOLCHAIN", "local"), "GOVERSION", "GOMOD", "GOWORK", "CGO_ENABLED", "CC")
	if err != nil {
		return t, err
	}
	t.Version, t.Cgo, t.Compiler = env["GOVERSION"], env["CGO_ENABLED"] == "1", env["CC"]
	if set["CC"] != "" {
		t.Compiler = set["CC"]
	}
	file := env["GOWORK"]
	if file == "" || file == "off" {
		file = env["GOMOD"]
	}
	if file != "" && file != os.DevNull {
		t.By = filepath.Base(file)
		t.Wanted = goLine(file)
	}
	return t, nil
}

// Program finds a command as a build would.
func (b *Builder) Program(name string) (path string, err error) { return gocmd.LookPath(name, b.root) }

// HasCompiler reports whether the C compiler can be found.
func (t Toolchain) HasCompiler() bool {
	words := strings.Fields(t.Compiler)
	if len(words) == 0 {
		return false
	}
	_, err := exec.LookPath(words[0])
	return err == nil
}

// goLine is the version that a go.mod or go.work asks for. Empty: it cannot be read,
// which the go command explains better.
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
	c, err := b.ask(c, b.root)
	if err != nil {
		return nil, err
	}
	o := c.options()
	o.Env = with(c.Env, "CGO_ENABLED", "1")
	all, err := b.run.List(ctx, o, b.root, append(o.LoadFlags(), "-deps", "--", pkg)...)
	var names []string
	for _, p := range all {
		if !p.Standard && len(p.CgoFiles) > 0 {
			names = append(names, p.ImportPath)
		}
	}
	return names, err
}

// with returns an environment with one more variable.
func with(env map[string]string, key, value string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, env)
	all[key] = value
	return all
}
