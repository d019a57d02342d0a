package graph

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/gocmd"
)

// hotMark is the line that identifies package hot, wherever it lies and whatever its name
// is: `hotreload add` writes it into the app's own module. It stands above the package
// clause of hotFile, so that one short read of one file is enough.
const (
	hotMark = "//hotreload:package hot"
	hotFile = "hot.go"
)

// isHot reports whether a package is a copy of package hot.
func isHot(p gocmd.Package) bool {
	if p.Standard || !slices.Contains(p.GoFiles, hotFile) {
		return false
	}
	file, err := os.Open(filepath.Join(p.Dir, hotFile))
	if err != nil {
		return false
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		switch line := strings.TrimSpace(lines.Text()); {
		case line == hotMark:
			return true
		case strings.HasPrefix(line, "package "):
			return false
		}
	}
	return false
}
