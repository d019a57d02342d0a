package watch

import (
	"maps"
	"path/filepath"
	"slices"

	"hotreload/internal/paths"
)

// coverage is a scope with what follows from it. It does not change.
type coverage struct {
	scope Scope
	root  string
	extra []string // Config.Extra, absolute

	external []string        // what is watched outside the root
	named    map[string]bool // Scope.Files, and the ignore files above what is watched
	holders  map[string]bool // the directories of what is named, or was by the coverage before
	routes   map[string]bool // Scope.Dirs, true, and the directories on the way to what is followed or named
}

// newCoverage returns the coverage of a scope. former is the one before it.
func newCoverage(scope Scope, former *coverage, r *rules) *coverage {
	c := &coverage{
		scope: scope, root: r.root, extra: r.trees[1:],
		named: map[string]bool{}, holders: map[string]bool{}, routes: map[string]bool{},
	}
	if former != nil {
		for file := range former.named {
			c.holders[filepath.Dir(file)] = true
		}
	}
	for _, dir := range scope.Dirs {
		c.routes[dir] = true
	}
	for _, file := range scope.Files {
		c.name(file)
		c.addRoute(filepath.Dir(file))
	}
	for _, dir := range c.extra {
		c.addRoute(dir)
	}
	for dir := range maps.Clone(c.routes) {
		c.addRoute(dir)
	}
	c.external = slices.DeleteFunc(slices.Concat(scope.Dirs, c.extra), func(dir string) bool { return paths.Within(dir, c.root) })
	for _, file := range r.lookAbove(append([]string{c.root}, c.external...)) {
		c.name(file)
		c.addPlace(filepath.Dir(file)) // without the way there: something always happens in a .git
	}
	return c
}

func (c *coverage) name(file string) {
	c.named[file] = true
	c.holders[filepath.Dir(file)] = true
}

// addRoute adds dir to the routes, and the directories between it and the nearest
// one that is watched in any case: so it is seen when something on the way is
// removed and made again.
func (c *coverage) addRoute(dir string) {
	way := []string{dir}
	for up := dir; up != c.root; {
		if up = filepath.Dir(up); up == c.root {
			break
		}
		if _, watched := c.routes[up]; watched {
			break
		}
		if up == filepath.Dir(up) {
			way = way[:1] // dir is outside the root, and what is above it does not concern us
			break
		}
		way = append(way, up)
	}
	for _, dir := range way {
		c.addPlace(dir)
	}
}

func (c *coverage) addPlace(dir string) {
	if !c.onRoute(dir) {
		c.routes[dir] = false
	}
}

// onRoute reports whether a path is followed, or is on the way to what is followed
// or named.
func (c *coverage) onRoute(path string) bool {
	_, is := c.routes[path]
	return is
}

// place returns what a directory is to the coverage.
func (c *coverage) place(dir string) place {
	all := c.routes[dir] || c.holds(dir)
	return place{all: all, only: c.onRoute(dir) && !all && c.isOutside(dir)}
}

// holds reports whether what the app is built from may appear in a directory.
func (c *coverage) holds(dir string) bool { return c.scope.Holds != nil && c.scope.Holds(dir) }

// isOutside reports whether a directory is in none of the trees that are watched whole.
func (c *coverage) isOutside(dir string) bool {
	return !paths.Within(dir, c.root) &&
		!slices.ContainsFunc(c.extra, func(tree string) bool { return paths.Within(dir, tree) })
}
