package build

import (
	"bufio"
	"io"
	"regexp"
	"strings"
)

// tally takes the packages that `go build -v` names, as it begins to compile them,
// out of what the go command prints, and counts them.
type tally struct {
	known map[string]bool // import paths
	count int
	tell  func(count int)
}

// importPath looks like the import path of a package that is none of Go's own: one that
// was imported since the graph was made.
var importPath = regexp.MustCompile(`^[\w.~+-]+(/[\w.~+-]+)+$`)

// sift writes the rest of what is read.
func (t *tally) sift(to io.Writer, from io.Reader) {
	in := bufio.NewReader(from)
	for {
		line, err := in.ReadString('\n')
		if name := strings.TrimRight(line, "\r\n"); err == nil && (t.known[name] || importPath.MatchString(name)) {
			t.count++
			t.tell(t.count)
		} else {
			_, _ = io.WriteString(to, line)
		}
		if err != nil {
			return
		}
	}
}
