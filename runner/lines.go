package runner

import "bytes"

// maxLine bounds a line; a longer one becomes several.
const maxLine = 1 << 20

// Lines splits one stream of one process into lines, and finds panics in them. The zero
// value is ready to use; without Root it locates no panic.
type Lines struct {
	Root     string // the project's directory, to locate a panic in it
	Terminal bool   // a terminal has put a carriage return before each newline

	rest   []byte // the end of the stream, which is not a complete line yet
	panics panicReader
}

// Take fills in the lines that a piece of output completes, and the panic that they
// complete.
func (l *Lines) Take(o Output) Output {
	l.rest = append(l.rest, o.Data...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		next := end + 1
		if end < 0 && len(l.rest) <= maxLine {
			return o
		}
		if end < 0 || end > maxLine {
			end, next = maxLine, maxLine
		}
		line := l.rest[:end]
		if l.Terminal && next > end {
			line = bytes.TrimSuffix(line, []byte("\r"))
		}
		o.Lines = append(o.Lines, string(line))
		l.rest = l.rest[next:]
		l.look(&o)
	}
}

// look looks for a panic in the last line. If a server caught the panic, the process goes
// on.
func (l *Lines) look(o *Output) {
	if l.panics.line(o.Lines[len(o.Lines)-1]) {
		o.Panic = l.panics.found(l.Root)
		l.panics = panicReader{}
	}
}

// End returns what the end of the stream completes: a line without a newline, and the panic
// that ended the process. ok is false if there is neither.
func (l *Lines) End(gen int, stream string) (o Output, ok bool) {
	o = Output{Gen: gen, Stream: stream}
	if len(l.rest) > 0 {
		o.Lines = []string{string(l.rest)}
		l.look(&o)
	}
	if p := l.panics.found(l.Root); p != nil {
		o.Panic = p
	}
	*l = Lines{Root: l.Root, Terminal: l.Terminal}
	return o, len(o.Lines) > 0 || o.Panic != nil
}
