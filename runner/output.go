package runner

import (
	"os"
)

const (
	// chunk is the size of a read: a pipe's whole capacity on Linux.
	chunk = 64 << 10
	// maxTail bounds what is taken in from an app that goes on printing while it
	// is being stopped and nobody reads. What the pipe holds beyond is read when
	// the app is dead.
	maxTail = 16 << 20
	// maxLastWords is how much of the end of a stream is kept for its obituary.
	maxLastWords = 4 << 10
)

// reader reads one stream of one process to its end.
type reader struct {
	gen    int
	stream string
	from   *os.File
	tail   []Output // what was read and nobody took, in order
	held   int      // bytes in tail
	last   lastWords
	seen   func([]byte) // is shown all of it; may be nil
}

// run reads until the stream ends. While the app lives, each piece waits for
// the receiver, and so does the app. Once it is closing it is read out, so that
// its last words do not keep it from ending.
func (r *reader) run(output chan<- Output, closing, dead <-chan struct{}) {
	defer r.from.Close()
	for {
		data := make([]byte, chunk)
		n, err := r.from.Read(data)
		if n > 0 {
			r.last.add(data[:n])
			if r.seen != nil {
				r.seen(data[:n])
			}
			r.tail = append(r.tail, Output{Gen: r.gen, Stream: r.stream, Data: data[:n:n]})
			r.held += n
			r.pass(output, closing)
			if r.held > maxTail {
				<-dead
			}
		}
		if err != nil {
			return // the end, or the deadline
		}
	}
}

// pass hands on what there is, unless the app is closing and nobody takes it.
func (r *reader) pass(output chan<- Output, closing <-chan struct{}) {
	for len(r.tail) > 0 {
		select {
		case output <- r.tail[0]: // who is ready is told also of a slow end
		default:
			select {
			case output <- r.tail[0]:
			case <-closing:
				return
			}
		}
		r.held -= len(r.tail[0].Data)
		r.tail = r.tail[1:]
	}
}

// lastWords keeps the end of a stream.
type lastWords struct{ data []byte }

func (l *lastWords) add(data []byte) {
	if len(data) > maxLastWords {
		data = data[len(data)-maxLastWords:]
	}
	if over := len(l.data) + len(data) - maxLastWords; over > 0 {
		l.data = append(l.data[:0], l.data[over:]...)
	}
	l.data = append(l.data, data...)
}

func (l *lastWords) String() string { return string(l.data) }
