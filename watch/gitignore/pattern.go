package gitignore

import "strings"

// special are the characters that do not stand for themselves in a glob.
const special = `*?[\`

// Pattern is a line of an ignore file.
type Pattern struct {
	Line    int
	Text    string // as it is written, without the blanks that do not count
	Negated bool   // it brings back what an earlier line ignores

	dirOnly bool   // it matches only directories
	base    bool   // it is matched with only the last element of a path
	plain   string // the beginning of the glob, without special characters
	glob    string // what follows it; empty: plain is all
	suffix  string // if it is not empty, base is set and the glob is "*" and this
}

// Parse reads the text of an ignore file. Any text is valid: a line that makes no
// sense matches nothing.
func Parse(text string) []Pattern {
	var patterns []Pattern
	text = strings.TrimPrefix(text, "\ufeff")
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line[0] == '#' {
			continue
		}
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		line, _, _ = strings.Cut(line, "\x00") // where git's strings end
		if p := parseLine(trimBlanks(line)); p.plain+p.glob != "" {
			p.Line = n
			patterns = append(patterns, p)
		}
	}
	return patterns
}

// trimBlanks removes the spaces at the end that no backslash protects.
func trimBlanks(line string) string {
	kept := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			continue
		case '\\':
			if i++; i == len(line) {
				return line
			}
		}
		kept = i + 1
	}
	return line[:kept]
}

// parseLine reads one line.
func parseLine(line string) Pattern {
	p := Pattern{Text: line}
	glob, negated := strings.CutPrefix(line, "!")
	glob, p.dirOnly = strings.CutSuffix(glob, "/")
	p.Negated = negated
	p.base = !strings.Contains(glob, "/")
	glob = strings.TrimPrefix(glob, "/")
	if end := strings.IndexAny(glob, special); end >= 0 {
		p.plain, p.glob = glob[:end], glob[end:]
	} else {
		p.plain = glob
	}
	if rest, star := strings.CutPrefix(glob, "*"); star && p.base && !strings.ContainsAny(rest, special) {
		p.suffix = rest
	}
	return p
}

// Match reports whether the pattern matches a path, which is relative to the
// directory of the pattern's file, with slashes. fold: letters match in either case.
func (p *Pattern) Match(path string, isDir, fold bool) bool {
	if p.dirOnly && !isDir {
		return false
	}
	if !p.base {
		return p.matchPath(path, fold)
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case p.glob == "":
		return len(name) == len(p.plain) && hasPrefix(name, p.plain, fold)
	case p.suffix != "":
		return len(name) >= len(p.suffix) && hasPrefix(name[len(name)-len(p.suffix):], p.suffix, fold)
	case !hasPrefix(name, p.plain, fold):
		return false
	}
	return wildcard{fold: fold}.match(p.glob, name[len(p.plain):])
}

// matchPath matches the plain beginning and then the rest, as git does: to the rest a
// ** at its start is at the start of a path.
func (p *Pattern) matchPath(path string, fold bool) bool {
	if !hasPrefix(path, p.plain, fold) {
		return false
	}
	path = path[len(p.plain):]
	if p.glob == "" {
		return path == ""
	}
	return wildcard{path: true, fold: fold}.match(p.glob, path)
}

// hasPrefix is strings.HasPrefix, which may ignore the case of ASCII letters.
func hasPrefix(s, prefix string, fold bool) bool {
	if len(s) < len(prefix) {
		return false
	}
	if !fold {
		return s[:len(prefix)] == prefix
	}
	w := wildcard{fold: true}
	for i := range len(prefix) {
		if w.lower(s[i]) != w.lower(prefix[i]) {
			return false
		}
	}
	return true
}
