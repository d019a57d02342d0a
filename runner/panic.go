package runner

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Panic is what a Go program prints when it panics, or net/http when a handler does.
type Panic struct {
	Message   string   `json:"message"`
	Goroutine string   `json:"goroutine"` // "goroutine 1 [running]"
	File      string   `json:"file"`      // of the first frame in the project; relative to its root, with slashes
	Line      int      `json:"line"`
	Trace     []string `json:"trace"` // the first goroutine's, as it was printed
}

const (
	// maxPanicMessage and maxPanicTrace bound the lines that are kept of each part.
	maxPanicMessage = 20
	maxPanicTrace   = 100
)

// panicReader finds panics in the lines that an app prints. The zero value is ready to use.
type panicReader struct {
	message []string // of a panic that has begun
	trace   []string // nil before its first goroutine
	over    bool     // that goroutine's trace is complete
}

// panicStart matches how a panic begins: of the app, of the runtime, and of a handler that
// net/http has caught, whose logger may print a date first.
var panicStart = regexp.MustCompile(`^(?:panic: |fatal error: |.*http: panic serving [^ ]+: )(.*)$`)

// line takes a line without its newline. It reports whether a panic is complete: this line
// is the first that does not belong to the first goroutine.
func (r *panicReader) line(line string) (complete bool) {
	line = strings.TrimSuffix(line, "\r")
	if len(r.message) == 0 { // as for nearly all lines
		if start := startOfPanic(line); start != "" {
			r.message = []string{start}
		}
		return false
	}
	switch {
	case r.over:
		return false
	case r.trace == nil && strings.HasPrefix(line, "goroutine ") && strings.HasSuffix(line, "]:"):
		r.trace = []string{line}
	case r.trace == nil && len(r.message) >= maxPanicMessage:
		*r = panicReader{} // no panic: the app prints such a line for another reason
	case r.trace == nil:
		r.message = append(r.message, line)
	case line == "" || !isTrace(line) || len(r.trace) >= maxPanicTrace:
		r.over = true
		return true
	default:
		r.trace = append(r.trace, line)
	}
	return false
}

func startOfPanic(line string) string {
	if len(line) == 0 || line[0] != 'p' && line[0] != 'f' && !strings.Contains(line, "http: panic serving ") {
		return ""
	}
	if m := panicStart.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// isTrace recognises the lines of a goroutine: a function with its arguments, or its
// position, indented.
func isTrace(line string) bool {
	return line[0] == '\t' || strings.HasSuffix(line, ")") || strings.HasPrefix(line, "created by ") || strings.HasPrefix(line, "panic(")
}

// found returns the panic that was read so far, or nil without a trace. It is located at
// the first frame whose file lies in root, the project's directory.
func (r *panicReader) found(root string) *Panic {
	if r.trace == nil {
		return nil
	}
	p := &Panic{
		Message:   strings.TrimRight(strings.Join(r.message, "\n"), "\n "),
		Goroutine: strings.TrimSuffix(r.trace[0], ":"),
		Trace:     r.trace[1:],
	}
	for _, line := range panicked(p.Trace) {
		if file, n, ok := frame(line); ok && inProject(file, root) {
			rel, err := filepath.Rel(root, file)
			if err != nil {
				continue
			}
			p.File, p.Line = filepath.ToSlash(rel), n
			break
		}
	}
	return p
}

// panicked is the part of a trace below the panic itself. Above it are the functions that
// recovered from it, such as a logging middleware of the project.
func panicked(trace []string) []string {
	for i := len(trace) - 1; i >= 0; i-- {
		if strings.HasPrefix(trace[i], "panic(") {
			return trace[i+1:]
		}
	}
	return trace
}

// frame reads "\t/dir/file.go:12 +0x1d".
func frame(line string) (file string, n int, ok bool) {
	place, ok := strings.CutPrefix(line, "\t")
	if !ok {
		return "", 0, false
	}
	place, _, _ = strings.Cut(place, " ")
	at := strings.LastIndexByte(place, ':')
	if at < 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(place[at+1:])
	return filepath.FromSlash(place[:at]), n, err == nil
}

// inProject reports whether a file is the project's own, not that of a module that merely
// lies in its directory.
func inProject(file, root string) bool {
	rel, err := filepath.Rel(root, file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(os.PathSeparator)) {
		return false
	}
	slashed := "/" + filepath.ToSlash(rel)
	return !strings.Contains(slashed, "/vendor/") && !strings.Contains(slashed, "/pkg/mod/")
}
