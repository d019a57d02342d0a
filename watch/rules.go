package watch

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// rules decide which paths are left out. They read .gitignore files lazily, as
// the walk enters their directories.
type rules struct {
	root      string
	exclude   []string
	gitignore bool
	above     []string             // from the root up to the top of its git repository
	patterns  map[string][]pattern // directory -> the lines of its .gitignore

	directories map[string]string // what ignores said of directories
}

func newRules(root string, c Config) (*rules, error) {
	for _, glob := range slices.Concat(c.Include, c.Exclude) {
		if !doublestar.ValidatePattern(glob) {
			return nil, fmt.Errorf("%q is not a glob", glob)
		}
	}
	r := &rules{
		root: root, exclude: c.Exclude, gitignore: c.Gitignore,
		patterns: map[string][]pattern{}, directories: map[string]string{},
	}
	for dir := root; ; dir = filepath.Dir(dir) {
		r.above = append(r.above, dir)
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			r.above = r.above[:1] // no repository: what lies above is none of ours
			break
		}
	}
	for _, dir := range r.above {
		r.enter(dir)
	}
	return r, nil
}

// enter reads the .gitignore of a directory.
func (r *rules) enter(dir string) {
	if _, done := r.patterns[dir]; done || !r.gitignore {
		return
	}
	text, err := os.ReadFile(filepath.Join(dir, ".gitignore"))
	if err != nil {
		return
	}
	r.patterns[dir] = parseIgnore(text)
}

// ignores returns the rule by which a path, absolute, is left out, or "".
func (r *rules) ignores(path string, isDir bool) string {
	if why := builtIn(filepath.Base(path), isDir); why != "" {
		return why
	}
	if !within(path, r.root) {
		return ""
	}
	// A rule that takes a directory takes all in it.
	if dir := filepath.Dir(path); dir != r.root {
		why, known := r.directories[dir]
		if !known {
			why = r.ignores(dir, true)
			r.directories[dir] = why
		}
		if why != "" {
			return why
		}
	}
	rel := filepath.ToSlash(below(path, r.root))
	for _, glob := range r.exclude {
		match, _ := doublestar.Match(glob, rel)
		if !match && isDir {
			match, _ = doublestar.Match(strings.TrimSuffix(glob, "/"), rel)
		}
		if match {
			return "watch.exclude " + glob
		}
	}
	return r.gitIgnores(path, isDir)
}

// gitIgnores asks the .gitignore files of path's directory and those above it;
// the nearest that has a matching line decides, and in it the last such line.
func (r *rules) gitIgnores(path string, isDir bool) string {
	top := r.above[len(r.above)-1]
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		lines := r.patterns[dir]
		for i := len(lines) - 1; i >= 0; i-- {
			if !lines[i].matches(filepath.ToSlash(below(path, dir)), isDir) {
				continue
			}
			if lines[i].negated {
				return ""
			}
			return fmt.Sprintf("%s:%d %s", filepath.Join(dir, ".gitignore"), lines[i].line, lines[i].text)
		}
		if dir == top || dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// forget drops what was read in a directory that is gone.
func (r *rules) forget(dir string) {
	if _, read := r.patterns[dir]; read {
		delete(r.patterns, dir)
		clear(r.directories)
	}
}

// pattern is one line of a .gitignore.
type pattern struct {
	text             string
	line             int
	glob             string // for doublestar
	base             bool   // matched with the last element of a path, not with all from the file's directory on
	plain            bool   // glob matches itself alone
	suffix           string // glob is "*" and this, which has nothing special in it
	negated, dirOnly bool
}

func (p pattern) matches(rel string, isDir bool) bool {
	if p.dirOnly && !isDir {
		return false
	}
	if p.base {
		rel = rel[strings.LastIndexByte(rel, '/')+1:]
	}
	switch {
	case p.plain:
		return rel == p.glob
	case p.suffix != "":
		return strings.HasSuffix(rel, p.suffix)
	}
	match, _ := doublestar.Match(p.glob, rel)
	return match
}

// translate makes doublestar's of a glob of git's: braces are plain letters to
// git, and dir/** is not the directory itself.
func (p *pattern) translate(glob string) {
	p.base = !strings.Contains(glob, "/")
	const special = `*?[\{}`
	p.plain = !strings.ContainsAny(glob, special)
	if rest, star := strings.CutPrefix(glob, "*"); star && p.base && !strings.ContainsAny(rest, special) {
		p.suffix = rest
	}
	if !p.plain {
		glob = strings.NewReplacer(`\\`, `\\`, `\{`, `\{`, `\}`, `\}`, "{", `\{`, "}", `\}`).Replace(glob)
	}
	if strings.HasSuffix(glob, "/**") {
		glob += "/*"
	}
	p.glob = strings.TrimPrefix(glob, "/")
}

// parseIgnore reads a file in the format of gitignore(5).
func parseIgnore(text []byte) []pattern {
	var patterns []pattern
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		p := pattern{text: lines.Text(), line: n}
		glob := p.text
		for strings.HasSuffix(glob, " ") && !strings.HasSuffix(glob, `\ `) {
			glob = glob[:len(glob)-1]
		}
		if glob == "" || strings.HasPrefix(glob, "#") {
			continue
		}
		glob, p.negated = strings.CutPrefix(glob, "!")
		glob, p.dirOnly = strings.CutSuffix(glob, "/")
		if glob == "" {
			continue
		}
		p.translate(glob)
		if doublestar.ValidatePattern(p.glob) {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

// builtIn names the rule of ours by which a name is left out, or "".
func builtIn(name string, isDir bool) string {
	if isDir {
		switch name {
		case ".git", ".hg", ".svn", ".jj", "node_modules":
			return "never watched: " + name
		}
		return ""
	}
	if isTemporary(name) {
		return "an editor's temporary file"
	}
	return ""
}

// isTemporary recognises the files that editors write beside the edited one:
// vim's swap, backup and probe files, Emacs's locks, auto-saves and backups,
// Kate's, GTK's and JetBrains' ones.
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

// Includes returns the first glob that a path, relative to the root with
// slashes, matches, or "".
func (c Config) Includes(rel string) string {
	for _, glob := range c.Include {
		if match, _ := doublestar.Match(glob, rel); match {
			return glob
		}
	}
	return ""
}
