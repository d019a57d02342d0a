package graph

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// leftOut is the reason of a file that constraints leave out.
const leftOut = "left out by its build constraints"

// leftOutBy says which build constraint leaves a file out of its package, or "".
func (g *Graph) leftOutBy(dir, name string) string {
	if isSpecial(filepath.Join(dir, name)) {
		return "not a regular file"
	}
	switch match, err := g.context.MatchFile(dir, name); {
	case err != nil || match:
		return ""
	case g.leftOutByName(name):
		return leftOut + " (" + constraintInName(name, g.leftOutByName) + ")"
	}
	source, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return leftOut
	}
	for line := range bytes.Lines(source) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("//go:build ")) || bytes.HasPrefix(line, []byte("// +build ")) {
			return leftOut + " (" + string(line) + ")"
		}
		if bytes.HasPrefix(line, []byte("package ")) {
			break
		}
	}
	return leftOut
}

// isSpecial reports whether a path is not a regular file. Opening a pipe, for one,
// would block until a program writes to it.
func isSpecial(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular()
}

// leftOutByName reports whether a file is left out, whatever it contains.
func (g *Graph) leftOutByName(name string) bool {
	byName := g.context
	byName.OpenFile = func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("package p\n")), nil
	}
	match, err := byName.MatchFile("", name)
	return err == nil && !match
}

// constraintInName is the end of a name that leaves the file out: _windows.go, or
// _linux_arm64.go.
func constraintInName(name string, leftOut func(string) bool) string {
	parts := strings.Split(name, "_")
	last := "_" + parts[len(parts)-1]
	if len(parts) < 3 || leftOut("x"+last) {
		return last
	}
	return "_" + parts[len(parts)-2] + last
}
