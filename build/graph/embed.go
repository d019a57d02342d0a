package graph

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/internal/paths"
)

// This file knows what //go:embed patterns match, and where that may appear.

// embeds finds a package with a //go:embed pattern that matches a file, which may
// be new. A package of the app goes before one of a plugin.
func (g *Graph) embeds(file string) *localPackage {
	var found *localPackage
	for dir, p := range g.embedding {
		if !paths.Within(file, dir) || found != nil && len(p.plugins) > 0 {
			continue
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			continue
		}
		parts := strings.Split(filepath.ToSlash(rel), "/")
		if slices.ContainsFunc(p.embeds, func(pattern string) bool { return embedMatch(pattern, parts) }) {
			found = p
		}
	}
	return found
}

// embedMatch reports whether a //go:embed pattern matches a path, given as its
// elements. A pattern that matches a directory takes all files in it, except those
// whose names start with '.' or '_', unless it starts with "all:".
func embedMatch(pattern string, parts []string) bool {
	pattern, all := strings.CutPrefix(pattern, "all:")
	depth := strings.Count(pattern, "/") + 1
	if pattern == "." {
		depth = 0
	}
	if depth > len(parts) {
		return false
	}
	if depth > 0 {
		if match, _ := path.Match(pattern, strings.Join(parts[:depth], "/")); !match {
			return false
		}
	}
	hidden := func(part string) bool { return part[0] == '.' || part[0] == '_' }
	return all || !slices.ContainsFunc(parts[depth:], hidden)
}

// MayEmbed reports whether a file that is embedded may appear in a directory, absolute,
// or below it.
func (g *Graph) MayEmbed(dir string) bool {
	if g == nil || len(g.embedding) == 0 || unembeddable(filepath.Base(dir)) {
		return false
	}
	var parts []string
	for up := dir; ; up = filepath.Dir(up) {
		p := g.embedding[up]
		if p != nil && slices.ContainsFunc(p.embeds, func(pattern string) bool { return embedMatchIn(pattern, parts) }) {
			return true
		}
		if up == filepath.Dir(up) {
			return false
		}
		parts = slices.Insert(parts, 0, filepath.Base(up))
	}
}

// unembeddable recognizes the directories that the go command never embeds.
func unembeddable(name string) bool {
	return slices.Contains([]string{".git", ".hg", ".svn", ".bzr"}, name)
}

// embedMatchIn reports whether a pattern may match something below a directory, whose
// path is given as its elements.
func embedMatchIn(pattern string, parts []string) bool {
	begin := strings.Split(strings.TrimPrefix(pattern, "all:"), "/")
	if len(begin) <= len(parts) || begin[0] == "." {
		return embedMatch(pattern, parts)
	}
	match, _ := path.Match(strings.Join(begin[:len(parts)], "/"), strings.Join(parts, "/"))
	return match
}

// awaits are the directories in which what patterns match has to be seen, whether it
// exists yet or not.
func (p *localPackage) awaits(dir string) []string {
	var dirs []string
	for _, pattern := range p.embeds {
		parts := strings.Split(strings.TrimPrefix(pattern, "all:"), "/")
		glob := slices.IndexFunc(parts, func(part string) bool { return strings.ContainsAny(part, `*?[\`) })
		if glob >= 0 {
			parts = parts[:glob]
		}
		at := filepath.Join(dir, filepath.Join(parts...))
		if glob < 0 {
			dirs = append(dirs, filepath.Dir(at))
		}
		if info, err := os.Stat(at); err != nil || info.IsDir() {
			dirs = append(dirs, at)
		}
	}
	return dirs
}
