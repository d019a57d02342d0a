package build

import (
	"fmt"
	"os"
	"path/filepath"

	"hotreload/internal/ownership"
)

// ForeignError is a go.mod or go.work that another user may have put where the go command
// finds it. It may replace any package by other code.
type ForeignError struct{ Message string }

func (e *ForeignError) Error() string { return e.Message }

// checkModules looks at the files that decide what the go command builds in dir. The error
// is a *ForeignError. A go.work that GOWORK names is the user's choice.
func checkModules(c Config, dir string) error {
	if set := goSettings(c)("GOWORK"); set == "" || set == "auto" {
		if work := nearest(dir, "go.work"); work != "" {
			check := ownership.Check // one above may bring in code of others
			if filepath.Dir(work) == dir {
				check = ownership.CheckCode
			}
			if err := check(work, dir); err != nil {
				return &ForeignError{fmt.Sprintf("%s decides what code the go command builds in %s, but %v; if you trust it, run GOWORK=%s hotreload; to do without it, GOWORK=off hotreload",
					work, dir, err, work)}
			}
		}
	}
	mod := nearest(dir, "go.mod")
	if mod == "" {
		return nil
	}
	err := ownership.CheckCode(mod, dir)
	if err == nil {
		return nil
	}
	advice := fmt.Sprintf("to do without it, run `go mod init NAME` in %s", dir)
	if filepath.Dir(mod) == dir {
		advice = "if you trust it, copy the project to a directory of your own"
	}
	return &ForeignError{fmt.Sprintf("%s decides what code the go command builds in %s, but %v; %s", mod, dir, err, advice)}
}

// nearest is the file of a name in dir or the nearest directory above, as the go command looks
// for it; "": there is none.
func nearest(dir, name string) string {
	for ; ; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}
