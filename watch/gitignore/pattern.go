package gitignore

import "strings"

// special is what makes more of a glob than its letters.
const special = `*?[\`

// Pattern is a line of an ignore file.
type Pattern struct {
	Line    int
	Text    string // as it stands there, without the blanks that do not count
	Negated bool   // it brings back what an earlier line takes

	dirOnly bool   // it takes directories alone
	base    bool   // it is matched with the last element of a path alone
	plain   string // what the glob begins with and has nothing special in it
	glob    string // what follows it; empty: plain is all
	suffix  string // if it is not empty, base is set and the glob is "*" and this
}

// Parse reads the text of an ignore file. Any text is one: a line that makes no
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
		line, _, _ = strings.Cut(line, "\x00") // git's strings end there
		if p := parseLine(trimBlanks(line)); p.plain+p.glob != "" {
			p.Line = n
			patterns = append(patterns, p)
		}
	}
	return patterns
}

// trimBlanks takes away the spaces at the end that no backslash keeps.
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

// Match reports whether the pattern is about a path, which is given from the
// directory of the pattern's file on, with slashes. fold: letters match in
// either case.
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
	return wildcard{fold: fold}.match(p.glob, name[len(p.plain):]) == matches
}

// matchPath matches the plain beginning and the rest one after the other, as
// git does: to the rest a ** right at its start is one at the start of a path.
func (p *Pattern) matchPath(path string, fold bool) bool {
	if !hasPrefix(path, p.plain, fold) {
		return false
	}
	path = path[len(p.plain):]
	if p.glob == "" {
		return path == ""
	}
	return wildcard{path: true, fold: fold}.match(p.glob, path) == matches
}

// hasPrefix is strings.HasPrefix, which for ASCII letters may fold.
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
