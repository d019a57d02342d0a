package cli

import (
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// templPackage is the generator of templ, which writes Go code for .templ files.
const templPackage = "github.com/a-h/templ/cmd/templ"

// templ is the command that generates code in the project in dir: the tool that its go.mod
// names, else the one on the PATH, else that of the version that the project uses.
func templ(dir string) []string {
	installed := []string{"templ", "generate"}
	mod := goMod(dir)
	if mod == nil {
		return installed
	}
	for _, tool := range mod.Tool {
		if tool.Path == templPackage {
			return []string{"go", "tool", "templ", "generate"}
		}
	}
	if _, err := exec.LookPath("templ"); err == nil {
		return installed
	}
	for _, r := range mod.Require {
		if r.Mod.Path == "github.com/a-h/templ" {
			return []string{"go", "run", templPackage + "@" + r.Mod.Version, "generate"}
		}
	}
	return installed
}

// goMod is the go.mod in dir or above it; nil: there is none, or it cannot be read.
func goMod(dir string) *modfile.File {
	for {
		name := filepath.Join(dir, "go.mod")
		text, err := os.ReadFile(name)
		if err == nil {
			file, _ := modfile.Parse(name, text, nil)
			return file
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}
