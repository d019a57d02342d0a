package runner

import (
	"bytes"
	"os"
	"sync"
)

const (
	// chunk is the size of a read: a pipe's whole capacity on Linux.
	chunk = 64 << 10
	// ahead is how many reads may wait for the receiver. A terminal gives a line at a
	// time, and what waits is passed on in one piece.
	ahead = 64
	// maxPiece is the size from which a piece is passed on though more waits.
	maxPiece = 256 << 10
	// maxTail bounds what is read of an app that keeps printing while it is being stopped
	// and its output is not received. The rest is read when the app is dead.
	maxTail = 16 << 20
	// maxLastWords is how much of the end of a stream is kept, to explain an exit.
	maxLastWords = 4 << 10
)

// Output is a piece of what the app printed, cut anywhere.
type Output struct {
	Gen    int
	Stream string // "stdout" or "stderr"
	Data   []byte
	Lines  []string // the lines that Data, or the end of the stream, completes, without newlines
	Raw    bool     // as Data came, the app read keys instead of lines, and so moves the cursor itself
	Panic  *Panic   // the panic that they complete; nil: none
}

// reader reads one stream of one process to its end.
type reader struct {
	gen    int
	stream string
	from   *os.File
	tail   []Output // what was read and not received, in order
	held   int      // bytes in tail
	last   lastWords
	lines  Lines
	said   *lineWatch  // looks at them; nil: nothing does
	cooked bool        // a terminal has put a carriage return before each newline
	raw    func() bool // reports whether the app reads keys from the terminal; nil: it is none
}

// run passes on what it reads until the stream ends. While the app lives, each piece
// waits for the receiver, and so does the app. Once the app is closing, the stream is
// read without waiting, so that a full pipe does not keep the app from ending.
func (r *reader) run(output chan<- Output, closing, dead <-chan struct{}) {
	reads := make(chan []byte, ahead)
	var reading sync.WaitGroup
	reading.Go(func() { r.read(reads) })
	defer reading.Wait()
	for data := range reads {
		data = gather(data, reads)
		r.last.add(data)
		o := r.lines.Take(Output{Gen: r.gen, Stream: r.stream, Data: data, Raw: r.raw != nil && r.raw()})
		r.said.look(o.Lines)
		r.tail = append(r.tail, o)
		r.held += len(data)
		r.pass(output, closing)
		if r.held > maxTail {
			<-dead
		}
	}
	if end, ok := r.lines.End(r.gen, r.stream); ok {
		r.tail = append(r.tail, end)
	}
}

// read reads the stream to its end, or to its deadline, and closes it.
func (r *reader) read(reads chan<- []byte) {
	defer close(reads)
	defer r.from.Close()
	buffer := make([]byte, chunk)
	for {
		n, err := r.from.Read(buffer)
		if n > 0 {
			reads <- bytes.Clone(buffer[:n])
		}
		if err != nil {
			return // of a terminal, the end is an I/O error
		}
	}
}

// gather appends to a piece what waits behind it.
func gather(data []byte, reads <-chan []byte) []byte {
	for len(data) < maxPiece {
		select {
		case more := <-reads:
			if more == nil {
				return data // the end
			}
			data = append(data, more...)
		default:
			return data
		}
	}
	return data
}

// pass passes on what there is, unless the app is closing and nothing receives it.
func (r *reader) pass(output chan<- Output, closing <-chan struct{}) {
	for len(r.tail) > 0 {
		select {
		case output <- r.tail[0]: // a receiver that is ready gets it even while the app is closing
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
