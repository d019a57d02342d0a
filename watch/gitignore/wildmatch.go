package gitignore

import "strings"

// outcome is the result of an attempt to match. The last two tell the stars further
// out that it is pointless to move on: without them a pattern with many stars would
// take exponential time.
type outcome int

const (
	differs   outcome = iota
	matches           // all of the text
	abandoned         // whatever a star matched instead, it would not match
	atSlash           // only a ** further out could still match
)

// wildcard is one match of a glob. git matches bytes, and so do we.
type wildcard struct {
	path bool // slashes are special: only ** matches them
	fold bool // ASCII letters match in either case
}

// match matches a glob with all of text.
func (w wildcard) match(glob, text string) outcome {
	for i := 0; i < len(glob); i++ {
		if text == "" && glob[i] != '*' {
			return abandoned
		}
		switch glob[i] {
		case '*':
			return w.star(glob, i, text)
		case '?':
			if w.path && text[0] == '/' {
				return differs
			}
		case '[':
			rest, matched := w.class(glob[i+1:], w.lower(text[0]))
			if rest < 0 {
				return abandoned
			}
			if !matched || w.path && text[0] == '/' {
				return differs
			}
			i += rest
		case '\\':
			// Like git, do not fold what is escaped.
			i++
			if i == len(glob) || w.lower(text[0]) != glob[i] {
				return differs
			}
		default:
			if w.lower(text[0]) != w.lower(glob[i]) {
				return differs
			}
		}
		text = text[1:]
	}
	if text != "" {
		return differs
	}
	return matches
}

// star matches the part of a glob that starts with the star at i with text.
func (w wildcard) star(glob string, i int, text string) outcome {
	first := i
	for i < len(glob) && glob[i] == '*' {
		i++
	}
	rest := glob[i:]
	slashes := !w.path // whether the star matches slashes, too
	if w.path && i-first > 1 {
		opens := first == 0 || glob[first-1] == '/'
		closes := rest == "" || rest[0] == '/' || strings.HasPrefix(rest, `\/`)
		if slashes = opens && closes; slashes && strings.HasPrefix(rest, "/") && w.match(rest[1:], text) == matches {
			return matches // a/**/b is a/b, too
		}
	}
	if rest == "" {
		if !slashes && strings.Contains(text, "/") {
			return differs
		}
		return matches
	}
	if !slashes && rest[0] == '/' { // it matches the rest of this element, whatever that is
		slash := strings.IndexByte(text, '/')
		if slash < 0 {
			return differs
		}
		return w.match(rest[1:], text[slash+1:])
	}
	return w.take(rest, text, slashes)
}

// take lets a star match more and more of text until the rest of the glob matches
// what is left.
func (w wildcard) take(rest, text string, slashes bool) outcome {
	for text != "" {
		if strings.IndexByte(special, rest[0]) < 0 { // go to where the next letter is
			for text != "" && w.lower(text[0]) != w.lower(rest[0]) {
				if !slashes && text[0] == '/' {
					return differs
				}
				text = text[1:]
			}
			if text == "" {
				return differs
			}
		}
		switch result := w.match(rest, text); {
		case result == differs && !slashes && text[0] == '/':
			return atSlash
		case result == differs, result == atSlash && slashes:
		default:
			return result
		}
		text = text[1:]
	}
	return abandoned
}

// class matches the class whose content glob starts with with a byte, already folded,
// and returns how much of glob the class is, with its bracket; -1 if it has no end or
// a name in it is unknown.
func (w wildcard) class(glob string, c byte) (length int, matched bool) {
	i := 0
	negated := glob != "" && (glob[0] == '!' || glob[0] == '^')
	if negated {
		i++
	}
	var from byte // where a range would begin if a '-' came next; 0: nowhere
	for start := i; ; i++ {
		if i >= len(glob) {
			return -1, false
		}
		if glob[i] == ']' && i > start { // as the first it stands for itself
			return i + 1, matched != negated
		}
		switch {
		case glob[i] == '\\':
			if i++; i == len(glob) {
				return -1, false
			}
			matched = matched || c == glob[i]
			from = glob[i]
		case glob[i] == '-' && from != 0 && i+1 < len(glob) && glob[i+1] != ']':
			if i++; glob[i] == '\\' {
				if i++; i == len(glob) {
					return -1, false
				}
			}
			matched = matched || w.inRange(c, from, glob[i])
			from = 0
		case strings.HasPrefix(glob[i:], "[:"):
			end := strings.IndexByte(glob[i+2:], ']')
			if end < 0 {
				return -1, false
			}
			name, closed := strings.CutSuffix(glob[i+2:i+2+end], ":")
			if !closed { // a plain bracket
				matched = matched || c == '['
				from = '['
				break
			}
			has, known := posix[name]
			if !known {
				return -1, false
			}
			matched = matched || has(c) || w.fold && name == "upper" && isLower(c)
			i += 2 + end
			from = 0
		default:
			matched = matched || c == glob[i]
			from = glob[i]
		}
	}
}

func (w wildcard) inRange(c, from, to byte) bool {
	if from <= c && c <= to {
		return true
	}
	upper := c - 'a' + 'A'
	return w.fold && isLower(c) && from <= upper && upper <= to
}

func (w wildcard) lower(c byte) byte {
	if w.fold && isUpper(c) {
		return c - 'A' + 'a'
	}
	return c
}

// posix are the named classes. They contain only ASCII.
var posix = map[string]func(byte) bool{
	"alnum":  func(c byte) bool { return isAlpha(c) || isDigit(c) },
	"alpha":  isAlpha,
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"digit":  isDigit,
	"graph":  func(c byte) bool { return c > ' ' && c < 0x7f },
	"lower":  isLower,
	"print":  func(c byte) bool { return c >= ' ' && c < 0x7f },
	"punct":  func(c byte) bool { return c > ' ' && c < 0x7f && !isAlpha(c) && !isDigit(c) },
	"space":  func(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' },
	"upper":  isUpper,
	"xdigit": func(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' },
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isAlpha(c byte) bool { return isLower(c) || isUpper(c) }
