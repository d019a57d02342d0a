// Package diag reads what a failed build printed.
//
// In go the text of go build, or of any command run in its place, and the
// directory where it ran; out come Diagnostics. What always holds: text that is
// not blank yields at least one; nothing is listed twice; errors come before
// warnings, then the order is by file, line and column. Only packageFile looks
// at the disk, for the directory of a package.
//
//	text -> parser, line by line -> rules -> positions, file names -> []Diagnostic
package diag

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Diagnostic is one complaint of a build.
type Diagnostic struct {
	File     string `json:"file"`     // relative to the root with slashes; absolute outside it; "" when none is named
	Line     int    `json:"line"`     // 1-based, 0 when unknown
	Column   int    `json:"column"`   // 1-based byte column, 0 when unknown
	Severity string `json:"severity"` // "error" or "warning"
	Message  string `json:"message"`  // may have several lines (a note, the import stack of a cycle)
}

// Error is a failed build.
type Error struct {
	Diagnostics []Diagnostic // never empty; errors first, then by file and line
	Text        string       // all that the command printed
}

func (e *Error) Error() string {
	d := e.Diagnostics[0]
	if d.File == "" {
		return d.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", d.File, d.Line, d.Column, d.Message)
}

// Join adds the diagnostics of another failed build.
func (e *Error) Join(other *Error) {
	e.Diagnostics = arrange(slices.Concat(e.Diagnostics, other.Diagnostics))
	if e.Text != other.Text { // the same text is about something that both need
		e.Text += other.Text
	}
}

const (
	SeverityError   = "error"
	severityWarning = "warning"
)

// severityNote marks a line that belongs to the complaint above it.
const severityNote = "note"

// severityMarks are how C compilers and assemblers start a message. Go's never do.
var severityMarks = []struct{ mark, severity string }{
	{"fatal error: ", SeverityError},
	{"error: ", SeverityError},
	{"Error: ", SeverityError},
	{"warning: ", severityWarning},
	{"Warning: ", severityWarning},
	{"note: ", severityNote},
}

func cutSeverity(message string) (severity, rest string, marked bool) {
	for _, m := range severityMarks {
		if rest, ok := strings.CutPrefix(message, m.mark); ok {
			return m.severity, rest, true
		}
	}
	return SeverityError, message, false
}

// maxUnrecognised is how many lines of unrecognised output are shown: enough for
// the end of a script's log, but not all of it.
const maxUnrecognised = 10

// Parse reads what a failed go build, or make, or any command run in its place
// printed. dir is the directory where the command ran, root the project's root.
func Parse(output, root, dir string) []Diagnostic {
	p := &parser{files: newFileNames(root, dir)}
	for line := range strings.Lines(terminalCodes.ReplaceAllString(output, "")) {
		p.parseLine(strings.TrimRight(line, "\r\n"))
	}
	return arrange(p.diagnostics())
}

// terminalCodes are the sequences of a compiler that believes it writes to a terminal:
//
//	ESC [ 1;31 m             colours and other control sequences
//	ESC ] 8;;https://… ESC \ hyperlinks and other operating system commands
//	ESC ( B                  character sets and other short escapes
var terminalCodes = regexp.MustCompile(`\x1b(?:` +
	`\[[0-?]*[ -/]*[@-~]` + `|` +
	`\][^\x07\x1b]*(?:\x07|\x1b\\)?` + `|` +
	`[ -/]*[0-~]` + `)`)

// arrange drops what is listed twice and sorts the rest.
func arrange(all []Diagnostic) []Diagnostic {
	seen := make(map[Diagnostic]bool, len(all))
	all = slices.DeleteFunc(all, func(d Diagnostic) bool {
		twice := seen[d]
		seen[d] = true
		return twice
	})
	slices.SortStableFunc(all, compare)
	return all
}

func compare(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Severity, b.Severity), // "error" sorts before "warning"
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
	)
}

// parser reads the output of a build line by line.
type parser struct {
	files   *fileNames
	found   []*complaint // in the order they were printed
	current *complaint   // the one that an indented line adds to; nil: none
	excerpt bool         // indented lines are C source with carets below it
	printed []string     // every line that is not blank
	unread  []string     // lines that no rule understood
}

// complaint is a Diagnostic whose text is still being read.
type complaint struct {
	Diagnostic
	details []string // the lines below the first
}

func (p *parser) parseLine(line string) {
	text := strings.TrimSpace(line)
	if text == "" {
		return
	}
	p.printed = append(p.printed, line)
	if line[0] == ' ' || line[0] == '\t' {
		if p.excerpt {
			return
		}
		if p.current != nil {
			p.current.addDetail(p.files.relocate(line))
			return
		}
	}
	for _, rule := range lineRules {
		if rule(p, text) {
			return
		}
	}
	p.leaveUnread(line)
}

// leaveUnread keeps a line in case nothing else says what is wrong.
func (p *parser) leaveUnread(line string) {
	p.unread = append(p.unread, line)
	p.endComplaint()
}

// complain starts a diagnostic. The indented lines below it belong to it.
func (p *parser) complain(at position, severity, message string) {
	c := &complaint{Diagnostic: Diagnostic{
		File: p.files.name(at.file), Line: at.line, Column: at.column,
		Severity: severity, Message: message,
	}}
	if c.File == "" {
		c.Line, c.Column = 0, 0 // a place in a generated file, which is gone
	}
	p.found = append(p.found, c)
	p.current, p.excerpt = c, false
}

// endComplaint ends the current complaint: indented lines that follow belong to nothing.
func (p *parser) endComplaint() { p.current, p.excerpt = nil, false }

// note adds an unindented line to the complaint above it.
func (p *parser) note(line string) bool {
	if len(p.found) == 0 {
		return false
	}
	p.found[len(p.found)-1].addDetail(line)
	return true
}

func (c *complaint) addDetail(line string) {
	c.details = append(c.details, strings.TrimRight(line, " \t"))
}

// diagnostics returns what was read: at least one, if anything was printed.
func (p *parser) diagnostics() []Diagnostic {
	all := make([]Diagnostic, 0, len(p.found))
	for _, c := range p.found {
		p.foldImportStack(c)
		d := c.Diagnostic
		d.Message = strings.Join(append([]string{d.Message}, c.details...), "\n")
		if d.File == "" {
			d.File = p.files.moduleFile(d.Message)
		}
		all = append(all, d)
	}
	failed := slices.ContainsFunc(all, func(d Diagnostic) bool { return d.Severity == SeverityError })
	if !failed {
		all = append(all, p.unrecognised(len(all) == 0)...)
	}
	return all
}

// unrecognised makes one diagnostic of the last lines that no rule understood. If
// there are none, and there must be a diagnostic, it takes the last lines printed.
func (p *parser) unrecognised(must bool) []Diagnostic {
	lines := p.unread
	if len(lines) == 0 && must {
		lines = p.printed
	}
	if len(lines) == 0 {
		return nil
	}
	lines = lines[max(0, len(lines)-maxUnrecognised):]
	message := strings.TrimSpace(strings.Join(lines, "\n"))
	return []Diagnostic{{Severity: SeverityError, Message: message}}
}

// foldImportStack moves what is wrong with an import to the front, and the import stack below it:
//
//	package example.com/app
//		imports example.com/app/a from main.go
//		imports example.com/app/a from a.go: import cycle not allowed
//
// The last import may be a position instead:
//
//	package example.com/app
//		main.go:11:2: use of internal package example.com/x/internal/y not allowed
func (p *parser) foldImportStack(c *complaint) {
	if !strings.HasPrefix(c.Message, "package ") || strings.Contains(c.Message, ": ") {
		return
	}
	for i, line := range c.details {
		last, wrong, ok := strings.Cut(line, ": ")
		if !ok {
			continue
		}
		stack := append([]string{c.Message}, c.details[:i]...)
		if at, _, ok := cutPosition(strings.TrimSpace(line)); ok {
			// relocate has made the name relative to the root already.
			c.File, c.Line, c.Column = at.file, at.line, at.column
		} else {
			stack = append(stack, last)
		}
		c.Message, c.details = wrong, append(stack, c.details[i+1:]...)
		return
	}
}
