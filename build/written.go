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
)

// Record is how the files of a project were at one moment, so that it can be
// told afterwards what a command has written. File events cannot tell: they
// come late, and do not say who.
type Record struct {
	root   string
	look   Look
	files  map[string]outside
	prints map[string]string // of the inputs
}

// Look tells of all files and directories that count, each with its absolute path.
type Look func(tell func(path string, entry fs.DirEntry))

// outside is what of a file can be seen without reading it, and changes with it.
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
	Born  bool   // it was not there before
	Dir   bool
}

// NewRecord takes down what it is told of by look, which will look again at the
// end, and tells of all below root that a command may write. inputs names the files whose contents count, not only how they look;
// those that are as they were in a former record are not read again.
func NewRecord(root string, look Look, inputs func(path string) bool, former Record) Record {
	r := Record{root: root, look: look, prints: map[string]string{}}
	r.files = r.lies()
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

// Lacks reports whether a path in the tree was not there for sure: the zero Record
// knows of nothing.
func (r Record) Lacks(path string) bool {
	_, there := r.files[path]
	return r.files != nil && within(path, r.root) && !there
}

// Written tells what changed since, sorted by path.
func (r Record) Written() []Written {
	if r.look == nil {
		return nil
	}
	var all []Written
	now := r.lies()
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

// lies is how all files are now; what cannot be seen is not there.
func (r Record) lies() map[string]outside {
	files := map[string]outside{}
	r.look(func(path string, entry fs.DirEntry) {
		if info, err := entry.Info(); err == nil {
			files[path] = outside{info.Size(), info.ModTime().UnixNano(), info.Mode()}
		}
	})
	return files
}

// largest is the size up to which a file's content is its fingerprint. What is
// larger is an executable or data, and read too slowly.
const largest = 8 << 20

// Fingerprint tells whether what is at a path is what was there: two contents
// have two fingerprints. Empty when there is nothing.
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
