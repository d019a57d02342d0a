package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"hotreload/internal/paths"
)

// Record is the state of a project's files at one moment. Compared with a later
// state, it tells what a command has written. File events cannot tell: they arrive
// late, and do not say which process caused them.
type Record struct {
	root   string
	look   Look
	files  map[string]outside
	prints map[string]string // of the inputs
}

// Look reports all files and directories that count, each with its absolute path.
type Look func(tell func(path string, entry fs.DirEntry))

// outside is what can be seen of a file without reading it, and changes with it.
type outside struct {
	size int64
	time int64 // Unix nanoseconds
	mode fs.FileMode
}

// Written is a file, or a directory, that changed since a Record.
type Written struct {
	Path  string // absolute
	Print string // its Fingerprint now
	Was   string // its Fingerprint before, if it is an input, else empty
	Born  bool   // it did not exist before
	Dir   bool
}

// NewRecord records what look reports, which is all below root that a command may
// write. Written will call look again. inputs names the files whose contents count;
// those that look as they did in a former record are not read again.
func NewRecord(root string, look Look, inputs func(path string) bool, former Record) Record {
	r := Record{root: root, look: look, prints: map[string]string{}}
	r.files = r.now()
	for path, is := range r.files {
		print, known := former.prints[path]
		switch {
		case !inputs(path):
		case known && former.files[path] == is:
			r.prints[path] = print
		default:
			r.prints[path] = Fingerprint(path)
		}
	}
	return r
}

// Lacks reports whether a path in the tree certainly did not exist. The zero Record
// knows nothing.
func (r Record) Lacks(path string) bool {
	_, there := r.files[path]
	return r.files != nil && paths.Within(path, r.root) && !there
}

// Written returns what changed since, sorted by path.
func (r Record) Written() []Written {
	if r.look == nil {
		return nil
	}
	var all []Written
	now := r.now()
	for path, is := range now {
		was, there := r.files[path]
		if there && was == is {
			continue
		}
		all = append(all, Written{
			Path: path, Print: Fingerprint(path), Was: r.prints[path], Born: !there, Dir: is.mode.IsDir(),
		})
	}
	for path, was := range r.files {
		if _, there := now[path]; !there {
			all = append(all, Written{Path: path, Was: r.prints[path], Dir: was.mode.IsDir()})
		}
	}
	slices.SortFunc(all, func(a, b Written) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// now is the present state of all files.
func (r Record) now() map[string]outside {
	files := map[string]outside{}
	r.look(func(path string, entry fs.DirEntry) {
		if info, err := entry.Info(); err == nil {
			files[path] = outside{info.Size(), info.ModTime().UnixNano(), info.Mode()}
		}
	})
	return files
}

// largest is the size up to which a file's content decides its fingerprint. Larger
// files are executables or data, and too slow to read.
const largest = 8 << 20

// Fingerprint identifies the content of a file: two contents have two fingerprints.
// Empty: there is no such file.
func Fingerprint(path string) string {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return ""
	case !info.Mode().IsRegular():
		target, _ := os.Readlink(path)
		return info.Mode().Type().String() + target
	case info.Size() > largest:
		return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
	}
	file, err := os.Open(path)
	if err != nil {
		return "unreadable"
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "unreadable"
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
