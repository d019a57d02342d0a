package airimport

import (
	"regexp/syntax"
	"strings"
)

// goOnly reports whether a regular expression matches nothing but the names of Go files,
// such as _test\.go$, _templ.go and (a|b)_gen\.go. When in doubt it does not.
func goOnly(text string) bool {
	re, err := syntax.Parse(text, syntax.Perl)
	return err == nil && endsInGo([]*syntax.Regexp{re})
}

// endsInGo reports whether a sequence ends in ".go", however it goes on.
func endsInGo(parts []*syntax.Regexp) bool {
	for len(parts) > 0 {
		last := parts[len(parts)-1]
		parts = parts[:len(parts)-1]
		switch last.Op {
		case syntax.OpEndText, syntax.OpEndLine, syntax.OpEmptyMatch:
			continue
		case syntax.OpConcat:
			parts = append(parts[:len(parts):len(parts)], last.Sub...)
			continue
		case syntax.OpCapture:
			return endsInGo(append(parts[:len(parts):len(parts)], last.Sub...))
		case syntax.OpAlternate:
			for _, one := range last.Sub {
				if !endsInGo(append(parts[:len(parts):len(parts)], one)) {
					return false
				}
			}
			return true
		case syntax.OpLiteral:
			name := string(last.Rune)
			return strings.HasSuffix(name, ".go") ||
				name == "go" && len(parts) > 0 && parts[len(parts)-1].Op == syntax.OpAnyCharNotNL
		}
		return false
	}
	return false
}
