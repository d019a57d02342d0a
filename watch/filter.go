package watch

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// filter decides which paths are left out: by the rules, and by the coverage, which
// comes before them.
type filter struct {
	rules    *rules
	coverage *coverage
}

// cover takes a scope.
func (f *filter) cover(scope Scope) { f.coverage = newCoverage(scope, f.coverage, f.rules) }

// reread reads again what the rules are made of.
func (f *filter) reread() {
	f.rules.reread()
	f.cover(f.coverage.scope)
}

const onlyNamed = "only named files of its directory are watched"

// ignored returns the rule by which changes of a path in a directory are not
// reported, or "".
func (f *filter) ignored(in place, path string, isDir bool) string {
	if f.coverage.onRoute(path) || f.coverage.named[path] {
		return ""
	}
	if in.only {
		return onlyNamed
	}
	if !isDir && f.isOwn(path) {
		return "hotreload itself writes it"
	}
	why := f.rules.ignores(path, isDir)
	if why != "" && !isDir && f.isLocal(path) && f.rules.ownRule(path, false) == "" {
		return ""
	}
	if why != "" && in.all && f.wanted(path, isDir) {
		return ""
	}
	if why == "" {
		why = f.ofOtherCheckout(path, isDir)
	}
	return why
}

// wanted reports whether something in a directory that is followed is seen although rules
// leave it out.
func (f *filter) wanted(path string, isDir bool) bool {
	if isDir {
		return f.coverage.holds(path)
	}
	return !isTemporary(filepath.Base(path)) && (f.coverage.scope.Built(path) || f.rules.included(path))
}

// isLocal reports whether git's rules do not apply to a file.
func (f *filter) isLocal(path string) bool {
	local := f.coverage.scope.Local
	return local != nil && local(path)
}

// isOwn reports whether a file is one that we write ourselves. To report it would
// be to write to it again, and so on for ever.
func (f *filter) isOwn(path string) bool {
	own := f.coverage.scope.Own
	if len(own) == 0 {
		return false
	}
	info, err := os.Lstat(path)
	return err == nil && slices.ContainsFunc(own, func(own fs.FileInfo) bool { return os.SameFile(own, info) })
}

// wantsHash reports whether a file's content is to be known before anything happens
// to it, so that a save without a change is recognized. Of other files the first
// save counts as a change.
func (f *filter) wantsHash(in place, path string) bool {
	return in.all || f.coverage.named[path] || f.isLocal(path) || f.rules.tree(path) != "" && f.rules.config.Names(f.rules.root, path)
}
