package runner

import (
	"os"
	"sync"
)

const (
	// chunk is the size of a read: a pipe's whole capacity on Linux.
	chunk = 64 << 10
	// maxIntake is how much is read ahead of the receiver.
	maxIntake = 256 << 10
	// maxTail bounds what is taken in from an app that goes on printing while it
	// is being stopped and nobody reads. What the pipe holds beyond is read when
	// the app is dead.
	maxTail = 16 << 20
	// maxLastWords is how much of the end of a stream is kept for its obituary.
	maxLastWords = 4 << 10
)

// reader reads one stream of one process to its end. What comes while the
// receiver is busy is handed on in one piece: a terminal gives a line at a time.
type reader struct {
	gen    int
	stream string
	from   *os.File
	tail   []Output // what was read and nobody took, in order
	held   int      // bytes in tail
	last   lastWords
	intake intake
}

// run hands on what is read until the stream ends. While the app lives, it waits
// for the receiver, and with a full intake so does the app. Once it is closing it
// is read out, so that its last words do not keep it from ending.
func (r *reader) run(output chan<- Output, closing, dead <-chan struct{}) {
	r.intake.open()
	go r.intake.fill(r.from)
	for {
		data := r.intake.take()
		if data == nil {
			return
		}
		r.last.add(data)
		r.tail = append(r.tail, Output{Gen: r.gen, Stream: r.stream, Data: data})
		r.held += len(data)
		r.pass(output, closing)
		if r.held > maxTail {
			<-dead
		}
	}
}

// intake takes in a stream from one goroutine for another.
type intake struct {
	mu     sync.Mutex
	data   []byte
	ended  bool
	change *sync.Cond // of data or ended
}

func (i *intake) open() { i.change = sync.NewCond(&i.mu) }

// fill reads a stream to its end and closes it.
func (i *intake) fill(from *os.File) {
	defer from.Close()
	chunk := make([]byte, chunk)
	for {
		n, err := from.Read(chunk)
		i.mu.Lock()
		for len(i.data) >= maxIntake {
			i.change.Wait()
		}
		i.data = append(i.data, chunk[:n]...)
		i.ended = err != nil // the end, or the deadline; of a terminal, an I/O error
		i.change.Signal()
		i.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// take waits for what was read; nil is the end.
func (i *intake) take() []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.data) == 0 && !i.ended {
		i.change.Wait()
	}
	data := i.data
	i.data = nil
	i.change.Signal()
	return data
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
