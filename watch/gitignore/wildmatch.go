package gitignore

import "strings"

// wildcard is how a glob is matched. git matches bytes, and so do we.
type wildcard struct {
	path bool // slashes are special: only ** matches them
	fold bool // ASCII letters match in either case
}

// match matches a glob with all of text.
func (w wildcard) match(glob, text string) bool {
	m := newMatching(w, glob, text)
	return m.run()
}

// matching is one match of a glob with a text.
//
// A star at first matches nothing. Where the glob differs from the text, the last star takes
// more, and only if it cannot, the last ** does. The stars before these need not be asked
// again: whatever else they matched, less of the text would be left for the same rest of the
// glob. So the time is at most that of each byte of the glob with each byte of the text.
type matching struct {
	wildcard
	glob, text string
	g, t       int // how far they match

	star, deep retry
	steps      int // taken so far, for a test
}

// retry is where to go on when a star has to take more.
type retry struct {
	g, t int // after the star and after what it has taken; g is -1 without a star
}

var none = retry{g: -1}

func newMatching(w wildcard, glob, text string) matching {
	return matching{wildcard: w, glob: glob, text: text, star: none, deep: none}
}

// run takes steps to the end of both the glob and the text.
func (m *matching) run() bool {
	for m.g < len(m.glob) || m.t < len(m.text) {
		m.steps++
		fits, valid := m.step()
		if !valid || !fits && !m.takeMore() {
			return false
		}
	}
	return true
}

// step matches the next of the glob. It is not valid if nothing can match the glob.
func (m *matching) step() (fits, valid bool) {
	switch {
	case m.g == len(m.glob):
		return false, true
	case m.glob[m.g] == '*':
		return m.stars(), true
	case m.t == len(m.text):
		return false, true
	}
	c, length := m.text[m.t], 1
	switch m.glob[m.g] {
	case '?':
		fits = !m.path || c != '/'
	case '[':
		rest, in := m.class(m.glob[m.g+1:], m.lower(c))
		if rest < 0 {
			return false, false
		}
		m.steps += rest
		fits, length = in && (!m.path || c != '/'), 1+rest
	case '\\':
		if m.g+1 == len(m.glob) {
			return false, false
		}
		// Like git, do not fold what is escaped.
		fits, length = m.lower(c) == m.glob[m.g+1], 2
	default:
		fits = m.lower(c) == m.lower(m.glob[m.g])
	}
	if fits {
		m.g, m.t = m.g+length, m.t+1
	}
	return fits, true
}

// stars passes the stars that come next. It reports false if they have to take more before
// the rest of the glob can be tried.
func (m *matching) stars() bool {
	first := m.g
	for m.g < len(m.glob) && m.glob[m.g] == '*' {
		m.g++
	}
	rest := m.glob[m.g:]
	opens := first == 0 || m.glob[first-1] == '/'
	closes := rest == "" || rest[0] == '/' || strings.HasPrefix(rest, `\/`)
	switch {
	case !m.path || m.g-first == 1 || !opens || !closes:
		m.star = retry{m.g, m.t}
		return true
	case rest == "": // all that is left
		m.t = len(m.text)
		return true
	case rest[0] == '/':
		m.g++
		m.deep, m.star = retry{m.g, m.t}, none
		return true // a/**/b is a/b, too
	default:
		m.deep, m.star = retry{m.g + len(`\/`), m.t}, none
		return false
	}
}

// takeMore lets a star take more of the text: one byte, or all up to the next slash if it
// is a **. It reports false if none can.
func (m *matching) takeMore() bool {
	if s := &m.star; s.g >= 0 && s.t < len(m.text) && (!m.path || m.text[s.t] != '/') {
		s.t++
		m.g, m.t = s.g, s.t
		return true
	}
	if m.deep.g < 0 {
		return false
	}
	slash := strings.IndexByte(m.text[m.deep.t:], '/')
	if slash < 0 {
		return false
	}
	m.deep.t += slash + 1
	m.g, m.t, m.star = m.deep.g, m.deep.t, none
	return true
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
