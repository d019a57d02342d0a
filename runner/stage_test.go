//go:build unix

package runner

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"hotreload/build"
)

// stage is a target under test.
type stage struct {
	t      *testing.T
	target *Target
	stdin  *os.File // what the apps read comes from here
	quit   func()
	ended  chan struct{} // closed when Run has returned
	events chan Event    // in order; closed when Run has returned
	heard  chan struct{} // sent by listen

	mu      sync.Mutex
	text    map[int]*strings.Builder // what each version printed, with its tail
	arrived *sync.Cond
}

// newStage runs a target. When the test ends it is stopped.
func newStage(t *testing.T, prepare ...func(*Target)) *stage {
	t.Helper()
	stdin, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &stage{
		t: t, target: New(Options{Stdin: stdin}), stdin: write, quit: cancel,
		ended: make(chan struct{}), events: make(chan Event, 100), heard: make(chan struct{}), text: map[int]*strings.Builder{},
	}
	s.arrived = sync.NewCond(&s.mu)
	s.target.patience.probation = time.Hour // see endProbation
	for _, p := range prepare {
		p(s.target)
	}
	go func() {
		defer close(s.ended)
		s.target.Run(ctx)
	}()
	go s.receive()
	t.Cleanup(func() {
		cancel()
		s.target.Kill() // not to wait for apps that ignore their stop signal
		for range s.events {
		}
		<-s.ended
		stdin.Close()
		write.Close()
	})
	return s
}

// receive receives the events and, once listen is called, the output. One goroutine receives
// both, so that an event finds all output that came before it taken.
func (s *stage) receive() {
	defer close(s.events)
	var output <-chan Output
	for {
		select {
		case <-s.heard:
			output = s.target.Output()
		case o := <-output:
			s.take(o)
		case e := <-s.target.Events():
			if e, ok := e.(Exited); ok {
				for _, piece := range e.Tail {
					s.take(piece)
				}
			}
			s.events <- e
		case <-s.ended:
			return
		}
	}
}

// shorten changes how patient the target is with the processes that it starts from now on.
func (s *stage) shorten(change func(*patience)) {
	s.target.commands.Put(func(s *succession) {
		change(&s.patience)
		s.launcher.patience = s.patience
	})
}

// endProbation has the version that serves settle, and waits for that. Other processes may
// end meanwhile: it returns their exits.
func (s *stage) endProbation(gen int) (exits []Exited) {
	s.t.Helper()
	over := make(chan time.Time, 1)
	over <- time.Now()
	s.target.commands.Put(func(s *succession) { s.probation.over = over })
	for e := range s.events {
		switch e := e.(type) {
		case Exited:
			exits = append(exits, e)
		case Settled:
			if e.Gen != gen {
				s.t.Errorf("%+v, want version %d settled", e, gen)
			}
			return exits
		default:
			s.t.Fatalf("%T %+v, want version %d settled", e, e, gen)
		}
	}
	s.t.Fatal("the target ended")
	return nil
}

// listen receives the output from now on.
func (s *stage) listen() *stage {
	s.heard <- struct{}{}
	return s
}

func (s *stage) take(o Output) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.text[o.Gen] == nil {
		s.text[o.Gen] = &strings.Builder{}
	}
	s.text[o.Gen].Write(o.Data)
	s.arrived.Broadcast()
}

// printed waits until a version has printed some text, and returns all it printed.
func (s *stage) printed(gen int, text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.text[gen] == nil || !strings.Contains(s.text[gen].String(), text) {
		s.arrived.Wait()
	}
	return s.text[gen].String()
}

// all is what a version printed by now.
func (s *stage) all(gen int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.text[gen] == nil {
		return ""
	}
	return s.text[gen].String()
}

// write is a line of input for the app.
func (s *stage) write(line string) {
	s.t.Helper()
	if _, err := s.stdin.WriteString(line + "\n"); err != nil {
		s.t.Fatal(err)
	}
}

// request requests an app of this test binary.
func request(t *testing.T, gen int, app string, args ...string) Request {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	c.Args = args
	c.StopTimeout = time.Hour
	c.Env = map[string]string{"RUNNER_TEST_APP": app, "GORACE": "atexit_sleep_ms=0"}
	return Request{Gen: gen, Artifact: build.Artifact{Path: self, ID: gen}, Config: c, Root: t.TempDir()}
}

// next returns the next event, which must have the given type.
func next[E Event](s *stage) E {
	s.t.Helper()
	event := <-s.events
	e, ok := event.(E)
	if !ok {
		s.t.Fatalf("the next event is %T %+v, want %T", event, event, e)
	}
	return e
}

// nextBut returns the next event that is wanted, and skips others.
func (s *stage) nextBut(wanted func(Event) bool) Event {
	s.t.Helper()
	for e := range s.events {
		if wanted(e) {
			return e
		}
	}
	s.t.Fatal("the target ended")
	return nil
}

// run requests an app and waits for its start.
func (s *stage) run(r Request) Started {
	s.t.Helper()
	s.target.Apply(r)
	started := next[Started](s)
	if started.Gen != r.Gen {
		s.t.Fatalf("version %d was started, want %d", started.Gen, r.Gen)
	}
	return started
}
