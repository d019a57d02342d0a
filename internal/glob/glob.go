// Package glob matches paths with the globs of the config, in bounded time.
//
// In go globs as the doublestar library has them (*, **, ?, [a-z], {a,b}) and paths with
// slashes; out comes whether they match. What always holds: a match takes time in proportion
// to the length of the glob, that of the path, and MaxAlternatives. The library itself tries
// each alternative of each group with each place that each star could end at, so that the
// time doubles with every group. So a glob with several groups is matched as the globs that
// it stands for, and one that stands for too many is refused.
package glob

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// MaxAlternatives is how many globs without groups a glob may stand for.
const MaxAlternatives = 256

// errSyntax and errTooMany end sentences that begin with the glob.
var (
	errSyntax  = errors.New(`is not a glob; close every [ and {, and put \ before one that is meant literally`)
	errTooMany = fmt.Errorf("stands for more than %d globs; use fewer groups in { }", MaxAlternatives)
)

// Check returns what is wrong with a glob. The text of the error goes after the glob.
func Check(glob string) error {
	if !doublestar.ValidatePattern(glob) {
		return errSyntax
	}
	if groups(glob) > 1 {
		if n := 0; !expand(glob, 0, func(string) bool { n++; return n <= MaxAlternatives }) {
			return errTooMany
		}
	}
	return nil
}

// Match reports whether a glob matches a path. One that Check refuses matches nothing, or
// only what its first alternatives match.
func Match(glob, path string) bool {
	if groups(glob) <= 1 {
		return doublestar.MatchUnvalidated(glob, path)
	}
	n, found := 0, false
	expand(glob, 0, func(one string) bool {
		n++
		found = doublestar.MatchUnvalidated(one, path)
		return !found && n < MaxAlternatives
	})
	return found
}

// groups counts at least the groups in braces.
func groups(glob string) int { return strings.Count(glob, "{") }

// expand calls try with each glob without groups that a glob stands for, until that returns
// false; then it does, too. There is no group before from.
func expand(glob string, from int, try func(string) bool) bool {
	open, ok := nextGroup(glob, from)
	if !ok {
		return try(glob)
	}
	start, depth := open+1, 0
	for i := start; i < len(glob); i++ {
		switch c := glob[i]; {
		case c == '\\':
			i++
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		case c == '}' || c == ',' && depth == 0:
			if !expand(glob[:open]+glob[start:i]+rest(glob, i), open, try) {
				return false
			}
			if start = i + 1; c == '}' {
				return true
			}
		}
	}
	return true // the group has no end: nothing matches
}

// nextGroup returns where the next group opens.
func nextGroup(glob string, from int) (open int, ok bool) {
	for i := from; i < len(glob); i++ {
		switch glob[i] {
		case '\\':
			i++
		case '[':
			i = classEnd(glob, i)
		case '{':
			return i, true
		}
	}
	return 0, false
}

// classEnd returns where a class ends that opens at a place.
func classEnd(glob string, open int) int {
	i := open + 1
	for ; i < len(glob) && glob[i] != ']'; i++ {
		if glob[i] == '\\' {
			i++
		}
	}
	return i
}

// rest returns what comes after the group that a place is in, outside of any inner group.
func rest(glob string, in int) string {
	depth := 0
	for i := in; i < len(glob); i++ {
		switch glob[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return glob[i+1:]
			}
			depth--
		}
	}
	return ""
}
