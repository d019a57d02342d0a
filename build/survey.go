package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

// survey is what an app with plugins is made of, as it lies on disk. Which
// version of a plugin a process can load depends on what the process itself was
// built from, and Go does not notice all that does not go together: the memory
// of the process would be corrupted. So the sources are compared, and no build is
// trusted in whose course they changed.
type survey struct {
	config Config
	pkg    string
	graph  *Graph

	stamps map[string]stamp
	names  map[string][]string // directory -> what lies in it of that
	sums   map[string]string   // file -> hash of its content
	prints map[string]string   // import path -> what the package and all it imports is made of
}

// look surveys the app. What it knows already it only reads again where that has
// changed.
func (b *Builder) look(ctx context.Context, r Request) (*survey, error) {
	if s := b.known; s != nil && reflect.DeepEqual(s.config, r.Config) && s.pkg == r.Package && s.renew() {
		return s, nil
	}
	b.known = nil
	g, err := b.Graph(ctx, r.Config, r.Package)
	if err != nil {
		return nil, err
	}
	s := &survey{config: r.Config, pkg: r.Package, graph: g, stamps: g.stamps(nil), names: g.listings(), sums: map[string]string{}}
	s.prints = map[string]string{}
	b.known = s
	return s, nil
}

// renew takes in what has changed since, and reports false when the package graph
// may be another.
func (s *survey) renew() bool {
	for path, was := range s.stamps {
		now := stampOf(path)
		if was.same(now) {
			continue
		}
		ignored := s.graph.ignored[path]
		if ignored && !s.graph.leavesOut(path) || !ignored && s.graph.verdict(path, isThere).Relist {
			return false
		}
		s.stamps[path] = now
		delete(s.sums, path)
	}
	for dir, names := range s.names {
		if !slices.Equal(names, s.graph.listing(dir)) {
			return false
		}
	}
	clear(s.prints)
	return true
}

// sum is the hash of a file's content; of one that is not there it is empty.
func (s *survey) sum(path string) string {
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

// app is what the app itself is made of, with what of its plugins cannot be
// loaded anew: the same as long as new versions of them fit a process.
func (s *survey) app() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %+v\n", s.pkg, s.config)
	for _, path := range slices.Sorted(maps.Keys(s.graph.files)) {
		if len(s.graph.plugged[path]) == 0 {
			fmt.Fprintf(sum, "%q %s\n", path, s.sum(path))
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// all is what the app and its plugins are made of.
func (s *survey) all() string {
	sum := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(s.graph.files)) {
		fmt.Fprintf(sum, "%q %s\n", path, s.sum(path))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// print is what a package and all it imports is made of, as far as somebody may
// edit that.
func (s *survey) print(importPath string) string {
	if print, ok := s.prints[importPath]; ok {
		return print
	}
	s.prints[importPath] = "" // should it import itself
	imports, ok := s.graph.imports[importPath]
	if !ok {
		return "" // the standard library's
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q\n", importPath)
	for _, file := range s.graph.sources[importPath] {
		fmt.Fprintf(sum, "%q %s\n", filepath.Base(file), s.sum(file))
	}
	for _, imported := range slices.Sorted(slices.Values(imports)) {
		fmt.Fprintf(sum, "%q %s\n", imported, s.print(imported))
	}
	s.prints[importPath] = hex.EncodeToString(sum.Sum(nil))
	return s.prints[importPath]
}

// modules is what decides on the versions of all that nobody edits.
func (s *survey) modules() string {
	sum := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(s.graph.files)) {
		if s.graph.files[path] == decidesModules {
			fmt.Fprintf(sum, "%q %s\n", path, s.sum(path))
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}
