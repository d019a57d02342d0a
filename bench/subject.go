package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// subject is an app that answers GET /__version with a constant of its main
// package, which is what an edit changes.
type subject struct {
	name    string
	pkg     string // what to build, relative to the tree
	file    string // the one that is edited, relative to the tree
	source  string // its text, with versionMark where the version goes
	budgets []budget

	layOut func(tree string) error                // writes the rest of the tree
	args   func(address, dataDir string) []string // of the app
}

const versionMark = "BENCH_VERSION"

// edit writes the one line, in one write and in place, as most editors do.
func (s subject) edit(tree, version string) error {
	text := strings.Replace(s.source, versionMark, version, 1)
	if err := os.WriteFile(filepath.Join(tree, s.file), []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the edit: %w", err)
	}
	return nil
}
