package build

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// stamp tells whether a file was written to or replaced.
type stamp struct {
	info  fs.FileInfo // nil: there is no such file
	fresh bool        // written to so recently that the next write might leave the same stamp
}

// granularity bounds the clock ticks by which file systems date files. FAT's are
// two seconds, but no watcher is blind to what comes so soon.
const granularity = 20 * time.Millisecond

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info, time.Since(info.ModTime()) < granularity}
}

// same reports whether a file is for certain what it was.
func (s stamp) same(now stamp) bool {
	if s.info == nil || now.info == nil {
		return s.info == nil && now.info == nil
	}
	return !s.fresh && os.SameFile(s.info, now.info) && s.info.Size() == now.info.Size() &&
		s.info.ModTime().Equal(now.info.ModTime()) && changedAt(s.info) == changedAt(now.info)
}

// stamps are those of all files that decide what the app is, also of those that
// their constraints leave out, and of more.
func (g *Graph) stamps(more []string) map[string]stamp {
	stamps := map[string]stamp{}
	for path := range g.files {
		stamps[path] = stampOf(path)
	}
	for path := range g.ignored {
		stamps[path] = stampOf(path)
	}
	for _, path := range slices.Concat(more, g.between()) {
		stamps[path] = stampOf(path)
	}
	return stamps
}

// between are the files that would make other modules of directories between a
// package and its module's own.
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

// listings are those of all directories in which a file that came would be of
// the app.
func (g *Graph) listings() map[string][]string {
	names := map[string][]string{}
	for _, dir := range g.Dirs {
		names[dir] = g.listing(dir)
	}
	for dir, p := range g.embedding {
		for _, pattern := range p.embeds {
			pattern = strings.TrimPrefix(pattern, "all:")
			tops, _ := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
			for _, top := range tops {
				_ = filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
					if err == nil && entry.IsDir() {
						names[path] = g.listing(path)
					}
					return nil
				})
			}
		}
	}
	return names
}

// listing is the names in dir that are a part of the app, or would be if the
// package graph were made now.
func (g *Graph) listing(dir string) []string {
	lies, _ := os.ReadDir(dir)
	var names []string
	for _, entry := range lies {
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

// regular reports whether the go command would take a file: a link to one it
// takes as source, but does not embed.
func (g *Graph) regular(path string) bool {
	look := os.Lstat
	if _, source := g.headers[path]; source {
		look = os.Stat
	}
	info, err := look(path)
	return err == nil && info.Mode().IsRegular()
}

// leavesOut reports whether a file that its constraints left out still is.
func (g *Graph) leavesOut(path string) bool {
	if !g.ignored[path] || isSpecial(path) {
		return false
	}
	match, err := g.context.MatchFile(filepath.Split(path))
	return err == nil && !match
}

// holds reports whether a file lies directly in a directory of the app.
func (g *Graph) holds(path string) bool { return g.packages[filepath.Dir(path)] != nil }
