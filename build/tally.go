package build

import (
	"bufio"
	"io"
	"regexp"
	"strings"
)

// tally counts the packages that `go build -v` names as it compiles them, and takes
// their names out of what the go command prints.
type tally struct {
	known map[string]bool // import paths
	count int
	tell  func(pkg string, count int)
}

// importPath matches what looks like the import path of a package outside the standard
// library: one that was imported after the graph was made.
var importPath = regexp.MustCompile(`^[\w.~+-]+(/[\w.~+-]+)+$`)

// sift passes on everything else.
func (t *tally) sift(to io.Writer, from io.Reader) {
	in := bufio.NewReader(from)
	for {
		line, err := in.ReadString('\n')
		if name := strings.TrimRight(line, "\r\n"); err == nil && (t.known[name] || importPath.MatchString(name)) {
			t.count++
			t.tell(name, t.count)
		} else {
			_, _ = io.WriteString(to, line)
		}
		if err != nil {
			return
		}
	}
}
