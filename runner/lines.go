package runner

import "bytes"

// maxLine bounds a line that is handed on; what is longer becomes several.
const maxLine = 1 << 20

// Lines makes lines of what one stream of one process prints, and finds panics in
// them. The zero value is ready, but for the project's directory.
type Lines struct {
	Root string // for the place of a panic

	rest   []byte // the end of the stream, which is no full line yet
	panics panicReader
}

// Take fills in the lines that a piece of output completes, and the panic that is
// complete with them.
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
		o.Lines = append(o.Lines, string(l.rest[:end]))
		l.rest = l.rest[next:]
		l.look(&o)
	}
}

// look looks for a panic in the last line. One that a server has caught is known
// while the process goes on.
func (l *Lines) look(o *Output) {
	if l.panics.line(o.Lines[len(o.Lines)-1]) {
		o.Panic = l.panics.found(l.Root)
		l.panics = panicReader{}
	}
}

// End is what the end of the stream completes: the line without a newline, and the
// panic that the process ended with. ok is false when there is neither.
func (l *Lines) End(gen int, stream string) (o Output, ok bool) {
	o = Output{Gen: gen, Stream: stream}
	if len(l.rest) > 0 {
		o.Lines = []string{string(l.rest)}
		l.look(&o)
	}
	if p := l.panics.found(l.Root); p != nil {
		o.Panic = p
	}
	root := l.Root
	*l = Lines{Root: root}
	return o, len(o.Lines) > 0 || o.Panic != nil
}
