package build

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stamp tells whether a file was written to or replaced.
type stamp struct {
	info  fs.FileInfo // nil: there is no such file
	fresh bool        // written to so recently that the next write might leave the same stamp
}

// granularity bounds the clock ticks by which file systems date files.
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
	return !s.fresh && os.SameFile(s.info, now.info) && s.info.Size() == now.info.Size() && s.info.ModTime().Equal(now.info.ModTime())
}

// listing is the names in dir that are a part of the app, or would be if the
// package graph were made now.
func (g *Graph) listing(dir string) []string {
	lies, _ := os.ReadDir(dir)
	var names []string
	for _, entry := range lies {
		path := filepath.Join(dir, entry.Name())
		if isSource(entry.Name()) || g.files[path] != "" || g.embeds(path) != nil {
			names = append(names, entry.Name())
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
