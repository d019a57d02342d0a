// Package paths compares clean absolute paths by their text.
//
// In go two paths, both in the form that filepath.Clean gives them; out comes
// whether one lies inside the other, and where. The disk is never consulted: what
// symbolic links make of a path is the caller's concern.
package paths

import "os"

// Within reports whether path is dir or lies below it.
func Within(path, dir string) bool { return dir != "" && (path == dir || Below(path, dir)) }

// Below reports whether path lies below dir, and is not dir itself.
func Below(path, dir string) bool {
	n := len(dir)
	return n > 0 && len(path) > n && path[:n] == dir &&
		(os.IsPathSeparator(path[n]) || os.IsPathSeparator(dir[n-1])) // dir may be the root of the file system
}

// Rest returns what follows dir in path, which lies below it; "" for dir itself.
func Rest(path, dir string) string {
	if rest := path[len(dir):]; rest == "" || !os.IsPathSeparator(rest[0]) {
		return rest
	}
	return path[len(dir)+1:]
}
