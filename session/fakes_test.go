package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotreload/build"
	"hotreload/internal/proxy"
	"hotreload/runner"
	"hotreload/watch"
)

// stage is a session among fakes, in a bubble of synctest.
type stage struct {
	t        *testing.T
	options  Options
	commands chan Command
	out      chan Update // its one prompt listener, see await
	told     []Event     // what out told so far

	ctx    context.Context
	cancel context.CancelCauseFunc
	kill   context.CancelFunc
	result chan error

	watchers chan *fakeWatcher // those that were made, in order
	builder  *fakeBuilder
	target   *fakeTarget
}

// newStage sets all up; nothing runs yet.
func newStage(t *testing.T) *stage {
	s := &stage{
		t: t, commands: make(chan Command), out: make(chan Update), result: make(chan error, 1),
		watchers: make(chan *fakeWatcher, 10),
		builder:  &fakeBuilder{asked: make(chan fakeBuild), lessons: make(chan context.Context)},
		target: &fakeTarget{
			events: make(chan runner.Event), output: make(chan runner.Output), wanted: make(chan runner.Request, 1),
		},
	}
	s.options = Options{
		Root: "/app", ConfigFile: "/app/.hotreload.toml", Ways: Ways{Socket: "/run/app.sock"},
		Config: Config{Package: ".", Watch: watch.DefaultConfig(), Runner: runner.DefaultConfig()},
		ReadConfig: func(context.Context) (Config, error) {
			return Config{}, errors.New("there is no config")
		},
		NewWatcher: func(c watch.Config, note func(string)) (Watcher, error) {
			w := newFakeWatcher(c, note)
			s.watchers <- w
			return w, nil
		},
		Builder: s.builder,
		Target:  s.target,
	}
	return s
}

// start runs the session; outlets are more listeners than the prompt one.
func (s *stage) start(outlets ...chan<- Update) {
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	var kill context.Context
	kill, s.kill = context.WithCancel(context.Background())
	go func() {
		s.result <- Run(s.ctx, kill, s.options, s.commands, append(outlets, s.out)...)
	}()
}

// firstVersion runs the session until its first version is ready.
func (s *stage) firstVersion(outlets ...chan<- Update) *fakeWatcher {
	s.t.Helper()
	s.start(outlets...)
	s.await("build.start")
	(<-s.builder.asked).succeed()
	s.await("cycle")
	return <-s.watchers
}

// await returns the next event of a type.
func (s *stage) await(kind string) Event {
	s.t.Helper()
	for u := range s.out {
		s.told = append(s.told, u.Event)
		if u.Event.Data.Type() == kind {
			return u.Event
		}
	}
	s.t.Fatalf("the session ended without %s", kind)
	return Event{}
}

// end takes what is left, and returns what Run returned.
func (s *stage) end() error {
	for u := range s.out {
		s.told = append(s.told, u.Event)
	}
	s.kill()
	return <-s.result
}

// quit ends the session as a signal does.
func (s *stage) quit() {
	s.t.Helper()
	s.cancel(ErrQuit{"interrupt"})
	if err := s.end(); err != nil {
		s.t.Errorf("Run returned %v, want none", err)
	}
}

// checkStream checks that the first and last event are what they must be.
func (s *stage) checkStream(reason string) {
	s.t.Helper()
	first, last := s.told[0], s.told[len(s.told)-1]
	if d, ok := first.Data.(SessionStart); !ok || d.Root != "/app" || d.Socket != "/run/app.sock" || d.Package != "." || first.Seq != 1 {
		s.t.Errorf("the first event is %+v, want session.start", first)
	}
	if last.Data != (SessionEnd{reason}) {
		s.t.Errorf("the last event is %+v, want session.end: %s", last.Data, reason)
	}
}

// fakeWatcher reports what a test tells it.
type fakeWatcher struct {
	config  watch.Config
	note    func(string)
	armErr  error
	reports chan watch.Batch
	failure chan error
	done    chan struct{} // closed when Run has ended

	mu     sync.Mutex
	scopes []watch.Scope
}

func newFakeWatcher(c watch.Config, note func(string)) *fakeWatcher {
	return &fakeWatcher{
		config: c, note: note, reports: make(chan watch.Batch), failure: make(chan error),
		done: make(chan struct{}),
	}
}

func (w *fakeWatcher) Arm(scope watch.Scope) (watch.Info, error) {
	w.Follow(scope)
	return watch.Info{Backend: "fake", Dirs: 2, Files: 3}, w.armErr
}

func (w *fakeWatcher) Follow(scope watch.Scope) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scopes = append(w.scopes, scope)
}

func (w *fakeWatcher) Run(ctx context.Context, batches chan<- watch.Batch) error {
	defer close(w.done)
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.failure:
			return err
		case b := <-w.reports:
			select {
			case batches <- b:
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// save reports a change of a file, complete at once.
func (w *fakeWatcher) save(path string) {
	w.reports <- watch.Batch{Paths: []string{path}, Settled: true}
}

// fakeBuilder builds when a test says so.
type fakeBuilder struct {
	asked   chan fakeBuild
	graph   *build.Graph         // nil: every Go file counts, and nothing is learnt
	lessons chan context.Context // of each Learn, which lasts until it is stopped
	shares  chan bool            // anew, of each Share; nil: it is like Learn

	mu        sync.Mutex
	forgotten []int
}

// fakeBuild is a build under way.
type fakeBuild struct {
	ctx     context.Context
	request build.Request
	answer  chan<- built
}

func (b fakeBuild) succeed() { b.answer <- built{artifact: artifact(b.request.ID)} }

func (b *fakeBuilder) Graph(context.Context, build.Config, string) (*build.Graph, error) {
	return b.graph, nil
}

func (b *fakeBuilder) Generate(context.Context, build.GenerateRequest) (string, error) {
	return "", nil
}

func (b *fakeBuilder) Build(ctx context.Context, r build.Request) (build.Artifact, error) {
	answer := make(chan built)
	select {
	case b.asked <- fakeBuild{ctx, r, answer}:
	case <-ctx.Done():
		return build.Artifact{}, context.Cause(ctx)
	}
	select {
	case a := <-answer:
		return a.artifact, a.err
	case <-ctx.Done():
		return build.Artifact{}, context.Cause(ctx)
	}
}

func (b *fakeBuilder) Learn(ctx context.Context, _ build.Request, _ build.Artifact, _ *build.Graph) error {
	select {
	case b.lessons <- ctx:
		<-ctx.Done()
	case <-ctx.Done():
	}
	return context.Cause(ctx)
}

func (b *fakeBuilder) Share(ctx context.Context, _ build.Request, _ *build.Graph, anew bool) (build.Library, error) {
	if b.shares != nil {
		b.shares <- anew
		if !anew {
			return build.Library{}, build.ErrLater
		}
		return build.Library{Made: 21 << 20, Whole: time.Second, Partial: time.Second / 4}, nil
	}
	return build.Library{}, b.Learn(ctx, build.Request{}, build.Artifact{}, nil)
}

func (b *fakeBuilder) Forget(a build.Artifact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forgotten = append(b.forgotten, a.ID)
}

func (b *fakeBuilder) forgot(id int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Contains(b.forgotten, id)
}

// fakeTarget has apps that start, are ready, and stop when they are asked to.
type fakeTarget struct {
	events chan runner.Event
	output chan runner.Output
	wanted chan runner.Request
	deaf   bool // stops only when it is killed

	mu     sync.Mutex
	killed chan struct{}
	given  []string
}

func (f *fakeTarget) Events() <-chan runner.Event  { return f.events }
func (f *fakeTarget) Output() <-chan runner.Output { return f.output }
func (f *fakeTarget) Broken(proxy.Failure)         {}
func (f *fakeTarget) Apply(r runner.Request)       { f.wanted <- r }

func (f *fakeTarget) Load(runner.LoadRequest)            {}
func (f *fakeTarget) Type(text []byte)                   { f.note("typed " + string(text)) }
func (f *fakeTarget) Look(answer chan<- runner.Terminal) { answer <- runner.Terminal{Exists: true} }
func (f *fakeTarget) TypeHidden(text []byte, done chan<- error) {
	f.note("typed hidden " + string(text))
	done <- nil
}
func (f *fakeTarget) Resize(s runner.Size) { f.note(fmt.Sprint("resized to ", s.Columns, "x", s.Rows)) }

func (f *fakeTarget) Set(_ context.Context, name, value string) error {
	if name == "mute" {
		return errors.New("the app has no such value")
	}
	f.note("set " + name + " to " + value)
	return nil
}

// note notes what the app was given.
func (f *fakeTarget) note(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.given = append(f.given, what)
}

func (f *fakeTarget) Kill() { close(f.kill()) }

// kill is closed by Kill.
func (f *fakeTarget) kill() chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.killed == nil {
		f.killed = make(chan struct{})
	}
	return f.killed
}

func (f *fakeTarget) Run(ctx context.Context) {
	gen := 0
	stop := func() {
		if gen > 0 {
			f.events <- exited(gen)
		}
	}
	for {
		select {
		case r := <-f.wanted:
			stop()
			gen = r.Gen
			f.events <- started(gen)
			f.events <- readied(gen)
		case <-ctx.Done():
			if f.deaf {
				<-f.kill()
			}
			stop()
			return
		}
	}
}

// bubble runs a test with a stage of its own.
func bubble(t *testing.T, test func(*testing.T, *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newStage(t)) })
}
