package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"hotreload/build/gocmd"
	"hotreload/build/graph"
)

// Survey is what an app with plugins is made of, as it lies on disk. Which version
// of a plugin a process can load depends on what the process itself was built from,
// and Go does not detect every mismatch: it would corrupt the memory of the process.
// So the sources are compared, and a build in which they changed is not trusted.
type Survey struct {
	options gocmd.Options
	pkg     string
	graph   *graph.Graph

	stamps map[string]graph.Stamp
	names  map[string][]string // directory -> the names in it that are part of the app
	sums   map[string]string   // file -> hash of its content
	prints map[string]string   // import path -> hash of the package and all it imports
}

// Survey surveys the app. It reads again only what has changed since the last one.
func (b *Builder) Survey(ctx context.Context, o gocmd.Options, pkg string) (*Survey, error) {
	if s := b.known; s != nil && reflect.DeepEqual(s.options, o) && s.pkg == pkg && s.renew() {
		return s, nil
	}
	b.known = nil
	g, err := graph.Load(ctx, b.run, o, pkg)
	if err != nil {
		return nil, err
	}
	b.known = &Survey{
		options: o, pkg: pkg, graph: g, stamps: g.Stamps(), names: g.Listings(),
		sums: map[string]string{}, prints: map[string]string{},
	}
	return b.known, nil
}

// renew takes in what has changed since. It returns false if the package graph may
// have changed, too.
func (s *Survey) renew() bool {
	for path, was := range s.stamps {
		now := graph.StampOf(path)
		if was.Same(now) {
			continue
		}
		if !s.graph.Holds(path) {
			return false
		}
		s.stamps[path] = now
		delete(s.sums, path)
	}
	for dir, names := range s.names {
		if !slices.Equal(names, s.graph.Listing(dir)) {
			return false
		}
	}
	clear(s.prints)
	return true
}

// sum is the hash of a file's content; empty if there is no such file.
func (s *Survey) sum(path string) string {
	sum, ok := s.sums[path]
	if !ok {
		sum = hashOf(path)
		s.sums[path] = sum
	}
	return sum
}

func hashOf(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// App is a hash of what the app itself is made of, with the plugin packages that
// cannot be loaded again. As long as it is the same, new versions of plugins fit a process.
func (s *Survey) App() string {
	head := fmt.Sprintf("%q %+v\n", s.pkg, s.options)
	return s.hash(head, func(path string) bool { return len(s.graph.PluginsOf(path)) == 0 })
}

// All is a hash of what the app and its plugins are made of.
func (s *Survey) All() string { return s.hash("", func(string) bool { return true }) }

// modules is a hash of what decides on the versions of packages that cannot be edited.
func (s *Survey) modules() string { return s.hash("", s.graph.DecidesModules) }

// hash hashes a text and the files that are wanted.
func (s *Survey) hash(head string, wanted func(path string) bool) string {
	sum := sha256.New()
	_, _ = io.WriteString(sum, head)
	for _, path := range s.graph.Files() {
		if wanted(path) {
			fmt.Fprintf(sum, "%q %s\n", path, s.sum(path))
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// print is a hash of a package and all that it imports, as far as that may be edited.
func (s *Survey) print(importPath string) string {
	if print, ok := s.prints[importPath]; ok {
		return print
	}
	s.prints[importPath] = "" // in case it imports itself
	imports, ok := s.graph.Imports(importPath)
	if !ok {
		return "" // the standard library's
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q\n", importPath)
	for _, file := range s.graph.Sources(importPath) {
		fmt.Fprintf(sum, "%q %s\n", filepath.Base(file), s.sum(file))
	}
	for _, imported := range slices.Sorted(slices.Values(imports)) {
		fmt.Fprintf(sum, "%q %s\n", imported, s.print(imported))
	}
	s.prints[importPath] = hex.EncodeToString(sum.Sum(nil))
	return s.prints[importPath]
}

// Forget drops the survey: the app has no plugins any more.
func (b *Builder) Forget() { b.known = nil }
