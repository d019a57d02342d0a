package watch

import (
	"os"
	"path/filepath"
	"strings"

	"hotreload/internal/paths"
)

// Another checkout inside a tree, such as a git worktree or a clone, is a project of its
// own: what happens in it says nothing about this one, unless the app is built from it. A
// submodule is a part of the checkout around it, and a link to a checkout was made to be
// followed.

// checkouts knows which directories are the tops of checkouts.
type checkouts map[string]bool

// marksCheckout reports whether a name in a directory makes it the top of a checkout.
func marksCheckout(name string) bool { return name == ".git" || name == ".jj" }

// has reports whether a directory is the top of a checkout of its own.
func (c checkouts) has(dir string) bool {
	is, known := c[dir]
	if !known {
		is = isCheckout(dir)
		c[dir] = is
	}
	return is
}

func isCheckout(dir string) bool {
	info, err := os.Lstat(filepath.Join(dir, ".git"))
	if err != nil {
		info, err = os.Lstat(filepath.Join(dir, ".jj"))
	}
	if err != nil || info.Mode().IsRegular() && isSubmodule(dir) {
		return false
	}
	top, err := os.Lstat(dir)
	return err == nil && top.IsDir()
}

// isSubmodule reports whether the repository of a checkout is kept in that of the one
// around it, in .git/modules.
func isSubmodule(dir string) bool {
	repository := filepath.ToSlash(gitDir(dir))
	in := strings.LastIndex(repository, ".git/")
	return in >= 0 && strings.Contains(repository[in:], "/modules/")
}

// ofOtherCheckout returns why a path in another checkout is left out, or "".
func (f *filter) ofOtherCheckout(path string, isDir bool) string {
	tree := f.rules.tree(path)
	if tree == "" || f.rules.meant(path, isDir) {
		return ""
	}
	dir := path
	if !isDir {
		dir = filepath.Dir(path)
	}
	for ; dir != tree && paths.Below(dir, tree); dir = filepath.Dir(dir) {
		if f.rules.checkouts.has(dir) && !f.coverage.onRoute(dir) {
			return "in another checkout: " + filepath.ToSlash(paths.Rest(dir, tree))
		}
	}
	return ""
}

// addCheckouts watches the checkouts that the coverage has come to lead to.
func (v *view) addCheckouts() error {
	for dir, is := range v.filter.rules.checkouts {
		if !is || !v.filter.coverage.onRoute(dir) || v.filter.rules.tree(dir) == "" {
			continue
		}
		if err := v.addTree(dir, untold); err != nil {
			return err
		}
	}
	return nil
}
