package watch

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/internal/glob"
	"hotreload/internal/paths"
	"hotreload/watch/gitignore"
)

// rules decide which paths are left out. The first of these that applies decides:
//
//  1. built in: repositories' own files, node_modules, .direnv, editors' temporary files,
//     the caches of builds;
//  2. watch.exclude;
//  3. watch.include and watch.browser, if a glob begins with a name (web/dist/*.js):
//     whoever names a place means it. A glob that begins with a wildcard (**/*.js) only
//     says which of the files that are seen matter;
//  4. git's ignore files, even if git tracks the file.
//
// Other checkouts are left out last: see checkout.go.
//
// Outside the root and watch.extra only the first and the fourth apply, that by
// the repository that a path is in.
//
// What the app is built from, and what the settings name, comes before all of them:
// see filter.ignored.
type rules struct {
	root     string
	config   Config
	trees    []string // the root and the extra directories
	settings gitignore.Settings
	git      *gitignore.Matcher
	above    []string // files, existing or not, that git's rules are read from and that are above what is watched

	directories map[string]string // what ownRule said about directories
	checkouts   checkouts
}

// newRules returns the rules for a root. settings asks git for its own settings.
func newRules(root string, c Config, settings func(dir string) gitignore.Settings) (*rules, error) {
	for _, one := range slices.Concat(c.Include, c.Browser, c.Exclude) {
		if err := glob.Check(one); err != nil {
			return nil, fmt.Errorf("%q %w", one, err)
		}
	}
	r := &rules{
		root: root, config: c, trees: c.trees(root),
		directories: map[string]string{}, checkouts: checkouts{},
	}
	if c.Gitignore {
		r.settings = settings(root)
	}
	r.reread()
	return r, nil
}

// reread forgets what was read of git's ignore files, and which checkouts there are.
func (r *rules) reread() {
	clear(r.checkouts)
	if !r.config.Gitignore {
		return
	}
	r.git = gitignore.New(r.settings, r.trees...)
}

// lookAbove finds and returns the files, outside some directories, that the rules
// for these are read from.
func (r *rules) lookAbove(dirs []string) []string {
	if r.git == nil {
		return nil
	}
	r.above = nil
	for _, dir := range dirs {
		r.above = append(r.above, r.git.Above(dir)...)
	}
	slices.Sort(r.above)
	r.above = slices.Compact(r.above)
	return r.above
}

// readFrom reports whether a change of a path may change the rules: it is an ignore
// file, or a repository came or went. entry: the path itself has changed, not just
// what is in it. The user's own ignore file does not count: to watch it would be to
// watch a home directory.
func (r *rules) readFrom(path string, entry bool) bool {
	name := filepath.Base(path)
	if entry && marksCheckout(name) {
		return true
	}
	return r.config.Gitignore && (name == ".gitignore" || slices.Contains(r.above, path))
}

// forget drops what was read in a directory that is gone or was replaced.
func (r *rules) forget(dir string) {
	delete(r.checkouts, dir)
	if r.git != nil {
		r.git.Forget(dir)
	}
}

// ignores returns the rule by which a path, absolute, is left out, or "".
func (r *rules) ignores(path string, isDir bool) string {
	if why := r.ownRule(path, isDir); why != "" || r.git == nil {
		return why
	}
	d := r.git.Decide(path, isDir)
	if !d.Ignored || r.meant(path, isDir) {
		return ""
	}
	return "ignored by " + r.line(d)
}

// included reports whether a file that watch.include or watch.browser names is seen when
// the package graph has led to its directory, whatever the rules say about that.
func (r *rules) included(path string) bool {
	return r.config.Names(r.root, path) && r.ownRule(path, false) == "" &&
		(r.git == nil || r.meant(path, false) || !r.git.DecideAlone(path, false).Ignored)
}

// ownRule returns the rule, built in or of watch.exclude, that leaves out a path or
// a directory above it, or "".
func (r *rules) ownRule(path string, isDir bool) string {
	if why := builtIn(filepath.Base(path), isDir); why != "" {
		return why
	}
	tree := r.tree(path)
	if tree == "" {
		return ""
	}
	if isDir && slices.Contains(r.config.Caches, path) {
		return "never watched: builds keep their files there"
	}
	if dir := filepath.Dir(path); dir != tree {
		why, known := r.directories[dir]
		if !known {
			why = r.ownRule(dir, true)
			r.directories[dir] = why
		}
		if why != "" {
			return why
		}
	}
	rel := filepath.ToSlash(paths.Rest(path, tree))
	for _, one := range r.config.Exclude {
		if glob.Match(one, rel) || isDir && glob.Match(strings.TrimSuffix(one, "/"), rel) {
			return "left out by watch.exclude " + one
		}
	}
	return ""
}

// meant reports whether watch.include or watch.browser names a file in a tree, or a
// directory on the way to files that it names.
func (r *rules) meant(path string, isDir bool) bool {
	tree := r.tree(path)
	if tree == "" {
		return false
	}
	rel := filepath.ToSlash(paths.Rest(path, tree))
	return slices.ContainsFunc(slices.Concat(r.config.Include, r.config.Browser), func(one string) bool {
		first, _, _ := strings.Cut(one, "/")
		switch {
		case strings.ContainsAny(first, `*?[{\`):
			return false
		case isDir:
			return mayHold(one, rel)
		}
		return glob.Match(one, rel)
	})
}

// mayHold reports whether a glob can match something below a directory: if the
// beginning of the glob, as deep as the directory, matches that.
func mayHold(one, dir string) bool {
	parts := strings.Split(one, "/")
	depth := strings.Count(dir, "/") + 1
	if deep := slices.Index(parts, "**"); deep >= 0 && deep < depth {
		depth = deep + 1 // it matches all the rest of dir
	} else if depth >= len(parts) {
		return false
	}
	return glob.Match(strings.Join(parts[:depth], "/"), dir)
}

// line names the line of an ignore file that made a decision.
func (r *rules) line(d gitignore.Decision) string {
	file := d.File
	if paths.Below(file, r.root) {
		file = filepath.ToSlash(paths.Rest(file, r.root))
	}
	return fmt.Sprintf("%s:%d %s", file, d.Line, d.Pattern)
}

// tree returns the watched tree that a path is below, or "".
func (r *rules) tree(path string) string { return innermost(path, r.trees) }

// innermost returns the nearest of some trees that a path is below, or "".
func innermost(path string, trees []string) string {
	found := ""
	for _, tree := range trees {
		if paths.Below(path, tree) && len(tree) > len(found) {
			found = tree
		}
	}
	return found
}

// builtIn returns the built-in rule by which a name is left out, or "".
func builtIn(name string, isDir bool) string {
	if isDir {
		switch name {
		case ".git", ".hg", ".svn", ".jj", ".direnv", "node_modules":
			return "never watched: " + name
		}
		return ""
	}
	if isTemporary(name) {
		return "an editor's temporary file"
	}
	return ""
}

// isTemporary recognizes the files that editors write beside the edited one: vim's
// swap, backup and probe files, Emacs's locks, auto-saves and backups, and those of
// Kate, GTK and JetBrains.
func isTemporary(name string) bool {
	switch {
	case name == "4913", strings.HasPrefix(name, ".#"), strings.HasSuffix(name, "~"),
		strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#"),
		strings.HasPrefix(name, ".goutputstream-"), strings.HasSuffix(name, ".kate-swp"),
		strings.HasSuffix(name, "___jb_tmp___"), strings.HasSuffix(name, "___jb_old___"):
		return true
	}
	ext := filepath.Ext(name)
	return strings.HasPrefix(name, ".") && len(ext) == 4 && strings.HasPrefix(ext, ".sw")
}

// Includes returns the first glob of watch.include that a path, absolute, matches, or "".
func (c Config) Includes(root, path string) string { return c.first(c.Include, root, path) }

// Browses returns the first glob of watch.browser that a path, absolute, matches, or "". Of
// alternatives in braces it has only the one that does: the list is long.
func (c Config) Browses(root, path string) string {
	found := c.first(c.Browser, root, path)
	before, rest, braces := strings.Cut(found, "{")
	list, after, _ := strings.Cut(rest, "}")
	if !braces || strings.ContainsAny(rest, `{\`) {
		return found
	}
	for one := range strings.SplitSeq(list, ",") {
		if one = before + one + after; glob.Match(one, c.globbed(root, path)) {
			return one
		}
	}
	return found
}

// Names reports whether either of the two names a path.
func (c Config) Names(root, path string) bool {
	return c.first(c.Include, root, path) != "" || c.first(c.Browser, root, path) != ""
}

func (c Config) first(globs []string, root, path string) string {
	rel := c.globbed(root, path)
	for _, one := range globs {
		if glob.Match(one, rel) {
			return one
		}
	}
	return ""
}

// globbed returns the path that globs are matched with, with slashes: relative to
// the root or to the extra directory that it is in; elsewhere the whole path.
func (c Config) globbed(root, path string) string {
	if tree := innermost(path, c.trees(root)); tree != "" {
		path = paths.Rest(path, tree)
	}
	return filepath.ToSlash(path)
}

// trees returns the directories that are watched with all that is in them, absolute:
// the root and the extra ones.
func (c Config) trees(root string) []string {
	dirs := []string{root}
	for _, dir := range c.Extra {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(root, dir)
		}
		dirs = append(dirs, filepath.Clean(dir))
	}
	return dirs
}
