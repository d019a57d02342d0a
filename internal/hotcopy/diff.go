package hotcopy

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Diff is how the text of a file changes. Headers do not count.
type Diff struct {
	Added, Removed int      // lines
	Lines          []string // unified, with a line of context
}

func diff(name string, before, after []byte) (d Diff) {
	if string(before) == string(after) {
		return d
	}
	edits := udiff.Strings(string(before), string(after))
	u, err := udiff.ToUnifiedDiff(name, name, string(before), edits, 1)
	if err != nil {
		return d // the edits are those of this text
	}
	for _, h := range u.Hunks {
		for _, l := range h.Lines {
			switch l.Kind {
			case udiff.Insert:
				d.Added++
			case udiff.Delete:
				d.Removed++
			}
		}
	}
	d.Lines = strings.Split(strings.TrimSuffix(u.String(), "\n"), "\n")
	return d
}

// Short is the beginning of a diff, of so many lines at most.
func (d Diff) Short(most int) string {
	lines := d.Lines
	if more := len(lines) - most; more > 0 {
		lines = append(lines[:most:most], fmt.Sprintf("(%d more lines)", more))
	}
	return strings.Join(lines, "\n") + "\n"
}
