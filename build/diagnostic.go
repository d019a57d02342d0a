package build

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Diagnostic is one thing the go command complained about.
type Diagnostic struct {
	File     string `json:"file"`     // relative to the root with slashes; absolute outside it; "" when none is named
	Line     int    `json:"line"`     // 1-based, 0 when unknown
	Column   int    `json:"column"`   // 1-based byte column, 0 when unknown
	Severity string `json:"severity"` // "error" or "warning"
	Message  string `json:"message"`  // may have several lines (a note, the import stack of a cycle)
}

const (
	severityError   = "error"
	severityWarning = "warning"
)

// severityNote marks what belongs to the complaint above it.
const severityNote = "note"

// severityMarks are how C compilers and assemblers start a message. Go's never do.
var severityMarks = []struct{ mark, severity string }{
	{"fatal error: ", severityError},
	{"error: ", severityError},
	{"Error: ", severityError},
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
	return severityError, message, false
}

// maxUnrecognised is how many lines are shown of output in which nothing was
// recognised: enough for the end of a script's log, not the whole of it.
const maxUnrecognised = 10

// ParseDiagnostics reads what a failed go build (or make, or any command run
// in its place) printed. dir is the directory the command ran in, root the
// project's root. Errors come before warnings, then the order is by file, line
// and column. Output that is not blank yields at least one diagnostic.
func ParseDiagnostics(output, root, dir string) []Diagnostic {
	p := &diagnosticParser{files: newFileNames(root, dir)}
	for line := range strings.Lines(terminalCodes.ReplaceAllString(output, "")) {
		p.parseLine(strings.TrimRight(line, "\r\n"))
	}
	return arrange(p.diagnostics())
}

// terminalCodes are what a compiler that thinks it writes to a terminal adds:
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
	slices.SortStableFunc(all, compareDiagnostics)
	return all
}

func compareDiagnostics(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Severity, b.Severity), // "error" sorts before "warning"
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
	)
}

// diagnosticParser reads the output of a build line by line.
type diagnosticParser struct {
	files   *fileNames
	found   []*complaint // in the order they were printed
	current *complaint   // what an indented line adds to, nil when to none
	excerpt bool         // indented lines are C source with carets below it
	printed []string     // every line that is not blank
	unread  []string     // those that say nothing of what is wrong, as far as the rules know
}

// complaint is a Diagnostic whose text is still being read.
type complaint struct {
	Diagnostic
	details []string // the lines below the first
}

func (p *diagnosticParser) parseLine(line string) {
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

// leaveUnread keeps a line for when nothing else says what is wrong.
func (p *diagnosticParser) leaveUnread(line string) {
	p.unread = append(p.unread, line)
	p.endComplaint()
}

// complain starts a diagnostic, which the indented lines below it belong to.
func (p *diagnosticParser) complain(at position, severity, message string) {
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

// endComplaint makes the indented lines that follow belong to nothing.
func (p *diagnosticParser) endComplaint() { p.current, p.excerpt = nil, false }

// note adds an unindented line to the complaint above it.
func (p *diagnosticParser) note(line string) bool {
	if len(p.found) == 0 {
		return false
	}
	p.found[len(p.found)-1].addDetail(line)
	return true
}

func (c *complaint) addDetail(line string) {
	c.details = append(c.details, strings.TrimRight(line, " \t"))
}

// diagnostics are what was read, and at least one if anything was printed.
func (p *diagnosticParser) diagnostics() []Diagnostic {
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
	failed := slices.ContainsFunc(all, func(d Diagnostic) bool { return d.Severity == severityError })
	if !failed {
		all = append(all, p.unrecognised(len(all) == 0)...)
	}
	return all
}

// unrecognised makes one diagnostic of the last lines that no rule could read,
// or if there are none, and something must be said, of the last lines printed.
func (p *diagnosticParser) unrecognised(must bool) []Diagnostic {
	lines := p.unread
	if len(lines) == 0 && must {
		lines = p.printed
	}
	if len(lines) == 0 {
		return nil
	}
	lines = lines[max(0, len(lines)-maxUnrecognised):]
	message := strings.TrimSpace(strings.Join(lines, "\n"))
	return []Diagnostic{{Severity: severityError, Message: message}}
}

// foldImportStack puts what is wrong with an import first, the way to it below:
//
//	package example.com/app
//		imports example.com/app/a from main.go
//		imports example.com/app/a from a.go: import cycle not allowed
//
// The last import may be a position instead:
//
//	package example.com/app
//		main.go:11:2: use of internal package example.com/x/internal/y not allowed
func (p *diagnosticParser) foldImportStack(c *complaint) {
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
