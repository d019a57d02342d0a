package build

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hotMark is the line by which package hot is known, wherever it lies and whatever it is
// called: `hotreload add` writes it into the app's own module. It stands above the package
// clause of hotFile, so that one short read of one file tells.
const (
	hotMark = "//hotreload:package hot"
	hotFile = "hot.go"
)

// isHot reports whether a package is a copy of package hot.
func isHot(p listed) bool {
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
