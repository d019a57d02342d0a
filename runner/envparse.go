package runner

import (
	"regexp"
	"strings"

	"github.com/joho/godotenv"
)

// longestValue is how many lines a quoted value may have: far more than a certificate has.
const longestValue = 1000

// lineError says what is wrong with a line of an env file, but not what is in it: it may be
// a secret.
type lineError struct {
	line int
	what string
}

func (e *lineError) Error() string { return e.what }

// parseEnvFile returns the variables of the text of an env file.
func parseEnvFile(text string) (map[string]string, error) {
	lines := strings.SplitAfter(text, "\n")
	for at := 0; at < len(lines); {
		n, what := assignment(lines[at:])
		if what != "" {
			return nil, &lineError{at + 1, what}
		}
		at += n
	}
	values, err := godotenv.Unmarshal(text)
	if err != nil {
		return nil, &lineError{1, notAssignment} // each line alone is valid
	}
	return values, nil
}

const (
	notAssignment = "it is not an assignment; each line is KEY=value"
	notClosed     = "a quoted value does not end; each line is KEY=value"
	notShell      = "$(…), `…` and ${…:-…} need a shell, and none reads this file; write the value itself, or put it in single quotes"
	notText       = "it contains a NUL character; each line is KEY=value"
)

// assignment returns how many lines the assignment takes that lines begin with, or what is
// wrong with it. A comment or an empty line counts as one that assigns nothing.
func assignment(lines []string) (n int, wrong string) {
	for n = 1; n <= min(len(lines), longestValue); n++ {
		text := strings.Join(lines[:n], "")
		values, err := godotenv.Unmarshal(text)
		switch {
		case err != nil && strings.HasPrefix(err.Error(), "unterminated"):
			continue
		case err != nil:
			return 0, notAssignment
		case strings.ContainsRune(text, 0):
			return 0, notText
		}
		for key := range values {
			switch {
			case !variableName.MatchString(key):
				return 0, notAssignment
			case substitutes(text):
				return 0, notShell
			}
		}
		return n, ""
	}
	return 0, notClosed
}

var (
	// variableName is what a program can look up. The parser accepts spaces in names, as in
	// "readonly A=1".
	variableName = regexp.MustCompile(`^[\pL_][\pL\pN_.]*$`)
	// substitution is where a shell would run a command, or look a default up.
	substitution = regexp.MustCompile("^`.*`$|" + `(^|[^\\])(\$\(|\$\{\w+[^\w}])`)
)

// substitutes reports whether only a shell knows the value of an assignment.
func substitutes(text string) bool {
	at := strings.IndexAny(text, "=:")
	value := strings.TrimSpace(text[at+1:])
	switch {
	case strings.HasPrefix(value, "'"):
		return false
	case strings.HasPrefix(value, `"`):
		value = value[1:max(1, strings.LastIndexByte(value, '"'))]
	default:
		value, _, _ = strings.Cut(value, " #") // a comment
		value = strings.TrimSpace(value)
	}
	return substitution.MatchString(value)
}
