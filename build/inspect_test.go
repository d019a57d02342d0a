//go:build unix

package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

// TestInspectorRunsNothingOfTheProject gives the go command programs of the project's in
// every way there is, and looks whether one was started.
func TestInspectorRunsNothingOfTheProject(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("cgo needs gcc")
	}
	root := modtest.Unpack(t, `
-- go.mod --
module example.com/app

go 1.22
-- main.go --
package main

import _ "example.com/app/c"

func main() {}
-- tagged.go --
//go:build tagged

package main
-- c/c.go --
package c

// #cgo CFLAGS: -D @flags
// #cgo pkg-config: thing
// #include "../inc/x.h"
import "C"
-- c/flags --
-wrapper ../bin/evil
-- inc/x.h --
-- plugin/p.go --
package main

func New() int { return 0 }
`)
	bin, started := filepath.Join(root, "bin"), filepath.Join(root, "started")
	evil := filepath.Join(bin, "evil")
	script := "#!/bin/sh\n/bin/echo \"$0 $*\" >>'" + started + "'\nexit 1\n"
	for _, name := range []string{"evil", "go", "gcc", "cc", "g++", "pkg-config", "git", "go1.99"} {
		modtest.Write(t, filepath.Join(bin, name), script)
		if err := os.Chmod(filepath.Join(bin, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	goenv := filepath.Join(root, "goenv")
	modtest.Write(t, goenv, "CC="+evil+"\nGOFLAGS=-toolexec="+evil+"\n")
	c := Config{
		Env: map[string]string{
			"PATH": bin, "CC": evil, "CXX": evil, "PKG_CONFIG": evil, "GOENV": goenv, "GOTOOLCHAIN": "go1.99+path", "GOROOT": root,
			"GOFLAGS": "-export '-toolexec=" + evil + " x' -tags=tagged", "GOCACHEPROG": evil, "GOAUTH": evil, "CGO_CFLAGS": "-wrapper " + evil,
			"GCC_EXEC_PREFIX": bin + "/", "COMPILER_PATH": bin,
		},
		Flags:  []string{"-export", "-toolexec", evil + " x", "-compiled"},
		Plugin: []PluginPackage{{Package: "./plugin"}},
	}
	ctx, b := t.Context(), NewInspector(root)
	tools, err := b.Toolchain(ctx, c)
	if err != nil || tools.Compiler != evil || !tools.Cgo || tools.Version == "" {
		t.Errorf("the toolchain is %+v, %v", tools, err)
	}
	if pkg, err := b.Resolve(ctx, c, "", root); err != nil || pkg != "." {
		t.Errorf("the package is %q, %v", pkg, err)
	}
	if pkg, err := b.Resolve(ctx, c, "example.com/app", root); err != nil || pkg != "." {
		t.Errorf("the package is %q, %v", pkg, err)
	}
	if mains, err := b.Mains(ctx, c, root); err != nil || len(mains) != 2 {
		t.Errorf("the main packages are %q, %v", mains, err)
	}
	if err := b.CheckPlugins(ctx, c, "."); err != nil {
		t.Error(err)
	}
	if packages, err := b.CgoPackages(ctx, c, "."); err != nil || len(packages) != 1 {
		t.Errorf("the packages with C code are %q, %v", packages, err)
	}
	if err := b.Injectable(ctx, Config{Env: c.Env, Flags: c.Flags}); err != nil {
		t.Error(err)
	}
	g, err := b.Graph(ctx, c, ".")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"tagged.go": "package example.com/app", "inc/x.h": "package example.com/app/c"} {
		if v := g.Of(filepath.Join(root, name)); !v.Built || !strings.Contains(v.Reason, want) {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if text, err := os.ReadFile(started); err == nil {
		t.Errorf("started:\n%s", text)
	}
	_, _ = New(root, "").Graph(ctx, Config{Env: map[string]string{"CC": evil}}, ".")
	if _, err := os.Stat(started); err != nil {
		t.Error("nothing notices what is started")
	}
}
