//go:build unix

package runner

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// numbered is what the app "lines" prints.
func numbered(n int) string {
	var b strings.Builder
	b.WriteString("up\n")
	for i := range n {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

// The output is not received, and the app, which waits for its pipe, is replaced: all that it
// printed comes with its exit, before the output of the next version.
func TestOutputThatIsNotReceived(t *testing.T) {
	s := newStage(t)
	s.run(request(t, 1, "lines"))
	next[Ready](s)
	s.take(<-s.target.Output()) // it is up
	s.target.Apply(request(t, 2, "exit"))
	e := next[Exited](s)
	if e.Code != 0 || !e.Expected {
		t.Errorf("code %d, signal %s; want its own exit once its pipe was drained", e.Code, e.Signal)
	}
	if got, want := s.all(1), numbered(manyLines)+"the end"; got != want {
		t.Errorf("%d bytes came with the exit, want all %d as printed", len(got), len(want))
	}
	if !strings.HasSuffix(e.LastWords, fmt.Sprintf("line %d\nthe end", manyLines-1)) || len(e.LastWords) != maxLastWords {
		t.Errorf("the last words are %d bytes, want the last %d", len(e.LastWords), maxLastWords)
	}
	next[Started](s)
}

// An app that ignores its stop signal and prints without end is killed. Of what it printed
// only the end is cut.
func TestOutputWithoutEnd(t *testing.T) {
	s := newStage(t)
	r := request(t, 1, "flood")
	r.Config.StopTimeout = short
	s.run(r)
	next[Ready](s)
	s.take(<-s.target.Output()) // it is up
	s.quit()
	e := next[Exited](s)
	if e.Signal != "SIGKILL" {
		t.Errorf("code %d, signal %q; want it killed", e.Code, e.Signal)
	}
	got := s.all(1)
	if want := numbered(len(got) / len("line 0\n")); !strings.HasPrefix(want, got) || got == "" {
		t.Errorf("the %d bytes that came with the exit are not what it printed", len(got))
	}
}

// What is printed after the stop signal does not fill the memory.
func TestTailIsBounded(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	closing, dead, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	close(closing)
	r := &reader{from: read}
	go func() {
		defer close(done)
		r.run(nil, closing, dead)
	}()
	// The writer is held up when the tail is full. Should it be slow, less is written.
	if err := write.SetWriteDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	written, err := write.Write(make([]byte, 4*maxTail))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after %d bytes: %v, want the writer to be held up", written, err)
	}
	if limit := maxTail + maxPiece + (ahead+4)*chunk; written > limit {
		t.Errorf("%d bytes were taken in, want at most %d", written, limit)
	}
	close(dead)
	write.Close()
	<-done
	held := 0
	for _, piece := range r.tail {
		held += len(piece.Data)
	}
	if held != written {
		t.Errorf("the tail has %d bytes, want the %d that were written", held, written)
	}
}

// Once something is in the tail nothing overtakes it, whenever it is received.
func TestNothingOvertakesTheTail(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	output, closing, done := make(chan Output), make(chan struct{}), make(chan struct{})
	close(closing)
	r := &reader{from: read}
	go func() {
		defer close(done)
		r.run(output, closing, closing)
	}()
	text := []byte(numbered(manyLines))
	// When this much is written the first piece is in the tail, because nothing receives it.
	const first = 3 * chunk
	if _, err := write.Write(text[:first]); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer write.Close()
		_, _ = write.Write(text[first:])
	}()
	var got []byte
	for running := true; running; {
		select {
		case o := <-output:
			got = append(got, o.Data...)
		case <-done:
			running = false
		}
	}
	for _, piece := range r.tail {
		got = append(got, piece.Data...)
	}
	if !bytes.Equal(got, text) {
		t.Errorf("%d bytes came, want all %d in order", len(got), len(text))
	}
}

// A receiver that is ready gets what an app prints while it stops; the app does not wait for
// one that is not.
func TestLastWordsOfASlowEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		output, closing := make(chan Output), make(chan struct{})
		close(closing)
		got := make(chan string, 1)
		go func() { got <- string((<-output).Data) }()
		synctest.Wait() // for the receiver to be ready
		r := &reader{tail: []Output{{Data: []byte("one")}, {Data: []byte("two")}}, held: 6}
		r.pass(output, closing)
		if text := <-got; text != "one" || len(r.tail) != 1 || r.held != 3 {
			t.Errorf("%q was told, and %d pieces of %d bytes are held; want one told and one held", text, len(r.tail), r.held)
		}
	})
}

// While output is received, all of it comes through the channel, in order.
func TestOutputThatIsRead(t *testing.T) {
	s := newStage(t).listen()
	s.run(request(t, 1, "lines"))
	next[Ready](s)
	next[Exited](s)
	if got, want := s.all(1), numbered(manyLines)+"the end"; got != want {
		t.Errorf("%d bytes came, want all %d as printed", len(got), len(want))
	}
}

// A process outside the app's tree may hold its pipe: we do not wait for its end.
func TestPipeHeldOutsideTheTree(t *testing.T) {
	s := newStage(t).listen()
	started := s.run(request(t, 1, "slow"))
	next[Ready](s)
	s.printed(1, "up")
	held, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/1", started.PID), os.O_WRONLY, 0)
	if err != nil {
		t.Skip("the pipe of another process cannot be opened here: ", err)
	}
	defer held.Close()
	s.quit()
	s.write("now")
	if e := next[Exited](s); e.Code != 0 || !e.Expected {
		t.Errorf("%+v, want its own end, as asked", e)
	}
}

func TestLastWords(t *testing.T) {
	long := strings.Repeat("x", maxLastWords)
	for name, test := range map[string]struct {
		pieces []string
		want   string
	}{
		"nothing":            {nil, ""},
		"little":             {[]string{"a", "b"}, "ab"},
		"a little too much":  {[]string{long, "y"}, long[1:] + "y"},
		"much at once":       {[]string{"a", "b" + long + "y"}, long[1:] + "y"},
		"as much as can be":  {[]string{"a", long}, long},
		"nearly, in a piece": {[]string{"ab", long[2:]}, "ab" + long[2:]},
	} {
		t.Run(name, func(t *testing.T) {
			var l lastWords
			for _, piece := range test.pieces {
				l.add([]byte(piece))
			}
			if got := l.String(); got != test.want {
				t.Errorf("%d bytes, want %d: %.20q…", len(got), len(test.want), got)
			}
		})
	}
}
