package graph

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// This file tells builders whether the files of a graph are still as they were.

// Stamp tells whether a file was written to or replaced.
type Stamp struct {
	info    fs.FileInfo // nil: there is no such file
	certain bool        // a write after it changes the stamp
}

// granularity bounds the clock ticks by which file systems date files. Those of
// FAT are two seconds, but a watcher reports changes that follow so quickly.
const granularity = 20 * time.Millisecond

// StampOf takes the stamp of a file.
func StampOf(path string) Stamp {
	info, err := os.Stat(path)
	if err != nil {
		return Stamp{certain: true}
	}
	return Stamp{info, time.Since(info.ModTime()) >= granularity}
}

// Doubted is a stamp that no file has any more.
func (s Stamp) Doubted() Stamp {
	s.certain = false
	return s
}

// Same reports whether a file is certainly unchanged.
func (s Stamp) Same(now Stamp) bool {
	if s.info == nil || now.info == nil {
		return s.info == nil && now.info == nil
	}
	return s.certain && os.SameFile(s.info, now.info) && s.info.Size() == now.info.Size() &&
		s.info.ModTime().Equal(now.info.ModTime()) && changedAt(s.info) == changedAt(now.info)
}

// Stamps are those of all files that decide what the app is, also of those that
// constraints leave out, and of more files.
func (g *Graph) Stamps(more ...string) map[string]Stamp {
	stamps := map[string]Stamp{}
	for path := range g.files {
		stamps[path] = StampOf(path)
	}
	for path := range g.unlisted.ignored {
		stamps[path] = StampOf(path)
	}
	for _, path := range slices.Concat(more, g.between()) {
		stamps[path] = StampOf(path)
	}
	return stamps
}

// between are the go.mod files that would put a package into another module, in
// the directories between the package's own and its module's.
func (g *Graph) between() []string {
	var files []string
	known := map[string]bool{}
	for _, dir := range g.Dirs {
		for up := dir; !known[up] && up != filepath.Dir(up); up = filepath.Dir(up) {
			known[up] = true
			file := filepath.Join(up, "go.mod")
			if g.files[file] != "" {
				break
			}
			files = append(files, file)
		}
	}
	return files
}

// WrittenSince are the files of g that were written at a time or later and that no graph
// of before has, sorted.
func (g *Graph) WrittenSince(since time.Time, before ...*Graph) []string {
	if g == nil {
		return nil
	}
	var written []string
	for _, file := range g.Files() {
		known := func(b *Graph) bool { return b != nil && b.Has(file) }
		if !slices.ContainsFunc(before, known) && writtenSince(file, since) {
			written = append(written, file)
		}
	}
	return written
}

// LeftOutSince are the files that constraints leave out and that were written at a time or
// later, sorted: before that, they may have been part of the app.
func (g *Graph) LeftOutSince(since time.Time) []string {
	if g == nil {
		return nil
	}
	var written []string
	for _, file := range slices.Sorted(maps.Keys(g.unlisted.ignored)) {
		if writtenSince(file, since) {
			written = append(written, file)
		}
	}
	return written
}

// writtenSince reports whether a file was written, or moved to where it is, at a time or
// later. What was moved there, or unpacked, may have an old modification time.
func writtenSince(file string, since time.Time) bool {
	info, err := os.Stat(file)
	return err == nil && (info.ModTime().After(since) || changedAt(info) > since.UnixNano())
}

// writtenWithin reports whether a Go file of g was last written in a period. (Its date may lie
// in the future, too.)
func (g *Graph) writtenWithin(from, to time.Time) bool {
	for file := range g.headers {
		if info, err := os.Stat(file); err == nil && !info.ModTime().Before(from) && !info.ModTime().After(to) {
			return true
		}
	}
	return false
}

// Listings are those of all directories in which a new file would be part of the app.
func (g *Graph) Listings() map[string][]string {
	names := map[string][]string{}
	for _, dir := range g.Dirs {
		names[dir] = g.Listing(dir)
	}
	for dir, p := range g.embedding {
		for _, pattern := range p.embeds {
			pattern = strings.TrimPrefix(pattern, "all:")
			tops, _ := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
			for _, top := range tops {
				_ = filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
					if err == nil && entry.IsDir() {
						names[path] = g.Listing(path)
					}
					return nil
				})
			}
		}
	}
	return names
}

// Listing is the names in dir that are part of the app, or would be if the graph
// were made now.
func (g *Graph) Listing(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, entry := range entries {
		name := entry.Name()
		path := filepath.Join(dir, name)
		if isSource(name) || name == "go.mod" || g.files[path] != "" || g.embeds(path) != nil {
			names = append(names, name)
		}
	}
	return names
}

// isSource reports whether the go command looks at a file of this name in the
// directory of a package.
func isSource(name string) bool {
	ext := filepath.Ext(name)
	return name[0] != '_' && name[0] != '.' && !strings.HasSuffix(name, "_test.go") &&
		(ext == ".go" || isAssembly(ext) || isNative(ext))
}

// Files are the absolute paths of all that the app and its plugins are built from, sorted.
func (g *Graph) Files() []string { return slices.Sorted(maps.Keys(g.files)) }

// Has reports whether the app is built from a file.
func (g *Graph) Has(file string) bool { return g.files[file] != "" }

// DecidesModules reports whether a file decides the versions of modules.
func (g *Graph) DecidesModules(file string) bool { return g.files[file] == decidesModules }

// Imports is what a package imports; false: it is the standard library's, or unknown.
func (g *Graph) Imports(importPath string) ([]string, bool) {
	c, ok := g.contents[importPath]
	return c.imports, ok
}

// Imported reports whether a package that the user writes imports another one, so that the
// user knows of it: its module is the main one, or one of go.work.
func (g *Graph) Imported(importPath string) bool {
	for _, p := range g.packages {
		if p.written && slices.Contains(g.contents[p.importPath].imports, importPath) {
			return true
		}
	}
	return false
}

// Sources are the absolute paths of a package's files, if they may be edited.
func (g *Graph) Sources(importPath string) []string { return g.contents[importPath].sources }

// Local are the import paths of the packages whose files may be edited.
func (g *Graph) Local() map[string]bool {
	local := map[string]bool{}
	for _, p := range g.packages {
		local[p.importPath] = true
	}
	return local
}

// HasDir reports whether a package whose files may be edited lies in a directory.
func (g *Graph) HasDir(dir string) bool { return g.packages[dir] != nil }

// Outdated names a file for which go list may say something else by now, or is "".
func (g *Graph) Outdated() string {
	for path := range g.headers {
		if g.Relist(path) {
			return path
		}
	}
	return ""
}

// Regular reports whether the go command accepts a file: it follows links to
// source files, but not to embedded ones.
func (g *Graph) Regular(path string) bool {
	look := os.Lstat
	if _, source := g.headers[path]; source {
		look = os.Stat
	}
	info, err := look(path)
	return err == nil && info.Mode().IsRegular()
}

// LeavesOut reports whether a file that its constraints left out is still left out.
func (g *Graph) LeavesOut(path string) bool {
	if !g.unlisted.ignored[path] || isSpecial(path) {
		return false
	}
	match, err := g.context.MatchFile(filepath.Split(path))
	return err == nil && !match
}

// Holds reports whether the graph is the same after a change of one of its files.
func (g *Graph) Holds(path string) bool {
	if g.unlisted.ignored[path] {
		return g.LeavesOut(path)
	}
	return !g.verdict(path, exists).Relist
}
