package session

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/build"
	"hotreload/runner"
	"hotreload/watch"
)

// move is one input and what a session makes of it, a line each: the events with
// their version, and the effects behind a '>'.
type move struct {
	in   input
	want string
}

// tick is the time between two inputs.
const tick = 10 * time.Millisecond

// player moves a state through inputs, and checks with each what holds always:
// a former state stays as it is, the same input leads to the same, seq has no gaps,
// a cycle has a number of its own.
type player struct {
	t       *testing.T
	project project
	state   State
	disk    disk
	lines   map[string]*runner.Lines // by version and stream: what the runner makes of output
	now     time.Time
	former  []State
	dumps   []string       // of the former states, when they were made
	cycles  map[int]string // by number: the last event of it that was not the app's
}

// newPlayer starts with a session in which nothing has happened yet.
func newPlayer(t *testing.T) *player {
	t.Helper()
	p := testProject(t)
	app := runner.DefaultConfig()
	app.EnvFiles = []string{".env"}
	return &player{
		t: t, project: p, cycles: map[int]string{}, lines: map[string]*runner.Lines{},
		now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		state: newState(Options{
			Root: p.root, ConfigFile: p.at(".hotreload.toml"), CanSwap: true,
			Config: Config{Package: ".", Watch: watch.DefaultConfig(), Build: build.DefaultConfig(), Runner: app},
		}),
	}
}

// running starts with a session whose first version runs: v1 of build #1.
func running(t *testing.T) *player {
	t.Helper()
	p := newPlayer(t)
	for _, in := range []input{begun{}, ready{graph: p.project.narrow}, good(1), started(1), readied(1)} {
		p.step(in)
	}
	if p.state.Phase != Running {
		t.Fatalf("the session is %s, want running", p.state.Phase)
	}
	return p
}

// play makes moves one after another.
func (p *player) play(moves ...move) {
	p.t.Helper()
	for i, m := range moves {
		if diff := cmp.Diff(unindent(m.want), p.step(m.in)); diff != "" {
			p.t.Fatalf("move %d, %T %+v: -want +got:\n%s", i+1, m.in, m.in, diff)
		}
	}
	for i, s := range p.former {
		if diff := cmp.Diff(p.dumps[i], dump(s)); diff != "" {
			p.t.Errorf("a former state was changed: -before +after:\n%s", diff)
		}
	}
}

// step takes one input and describes what results.
func (p *player) step(in input) []string {
	p.t.Helper()
	switch given := in.(type) {
	case watch.Batch:
		in = p.located(given)
	case runner.Output:
		in = p.takeLines(given)
	case runner.Exited:
		in = p.endLines(given)
	}
	p.now = p.now.Add(tick)
	p.former, p.dumps = append(p.former, p.state), append(p.dumps, dump(p.state))
	seq := p.state.numbers.seq
	said := p.disk.look(p.state, in)
	next, effects := p.state.apply(p.now, in, said)
	again, effectsAgain := p.state.apply(p.now, in, said)
	if diff := cmp.Diff(dump(next), dump(again)); diff != "" {
		p.t.Fatalf("%T led to two states: -first +second:\n%s", in, diff)
	}
	lines := p.tell(effects)
	if diff := cmp.Diff(lines, p.tell(effectsAgain)); diff != "" {
		p.t.Fatalf("%T had two effects: -first +second:\n%s", in, diff)
	}
	p.state = next
	for _, e := range effects {
		e, ok := e.(emit)
		if n := e.event.lines(); ok && n > 0 {
			if e.event.Seq != seq+1 || !e.event.Time.Equal(p.now) {
				p.t.Fatalf("%T: event %+v has not seq %d and time %v", in, e.event, seq+1, p.now)
			}
			seq += n
			p.numbered(e.event)
		}
	}
	return lines
}

// numbered checks that an event belongs where its number says: a cycle has one
// plan and one end, and nothing but what its version does comes after.
func (p *player) numbered(e Event) {
	p.t.Helper()
	last, begun := p.cycles[e.Gen]
	if last == "cycle" || last == "build.cancel" {
		last = "end"
	}
	switch kind, _, _ := strings.Cut(e.Data.Type(), "."); kind {
	case "app", "swap", "tunable", "session", "watch", "paused", "resumed", "browser", "agent", "rollout":
		return
	case "plan":
		if begun && last != "change" {
			p.t.Fatalf("a plan of cycle %d after its %s", e.Gen, last)
		}
	case "change":
		if strings.HasPrefix(last, "generate") {
			return // it joins
		}
		if begun && last != "change" {
			p.t.Fatalf("a change of cycle %d after its %s", e.Gen, last)
		}
	default:
		if !begun || last == "change" || last == "end" {
			p.t.Fatalf("a %s of cycle %d after its %s", e.Data.Type(), e.Gen, last)
		}
	}
	p.cycles[e.Gen] = e.Data.Type()
}

// takeLines makes lines of a piece of output, as the runner does.
func (p *player) takeLines(o runner.Output) runner.Output {
	key := fmt.Sprint(o.Gen, o.Stream)
	if p.lines[key] == nil {
		p.lines[key] = &runner.Lines{Root: p.state.Root}
	}
	return p.lines[key].Take(o)
}

// endLines hands in the ends of a process's streams, as the runner does.
func (p *player) endLines(e runner.Exited) runner.Exited {
	var tail []runner.Output
	for _, o := range e.Tail {
		tail = append(tail, p.takeLines(o))
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if lines := p.lines[fmt.Sprint(e.Gen, stream)]; lines != nil {
			if o, ok := lines.End(e.Gen, stream); ok {
				tail = append(tail, o)
			}
		}
	}
	e.Tail = tail
	return e
}

// observed are changes of files of the project as the disk says.
func (p *player) observed(names ...string) []change {
	b := p.located(watch.Batch{Paths: names})
	t := step{State: p.state, disk: p.disk.look(p.state, b)}
	return t.observed(b.Paths)
}

// located makes the paths of a batch absolute, and gives it the time of now.
func (p *player) located(b watch.Batch) watch.Batch {
	b.First = p.now
	var paths []string
	for _, name := range b.Paths {
		paths = append(paths, p.project.at(name))
	}
	b.Paths = paths
	return b
}

func unindent(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func opened(names ...string) watch.Batch { return watch.Batch{Paths: names} }

func settled(names ...string) watch.Batch { return watch.Batch{Paths: names, Settled: true} }

// artifact is the outcome of a direct build, of which there is nothing to learn.
func artifact(id int) build.Artifact {
	return build.Artifact{Path: fmt.Sprintf("/cache/%d/app", id), ID: id, Direct: true}
}

// good is the success of a build.
func good(id int) built { return built{id: id, artifact: artifact(id), took: 300 * time.Millisecond} }

// same is a build that came out like a former one.
func same(id, as int) built {
	b := good(id)
	b.artifact = artifact(as)
	b.artifact.Same = true
	return b
}

// bad is the failure of a build.
func bad(id int) built {
	return built{id: id, took: 200 * time.Millisecond, err: &build.Error{
		Diagnostics: []build.Diagnostic{{File: "main.go", Line: 3, Column: 4, Severity: "error", Message: "oops"}},
		Text:        "main.go:3:4: oops",
	}}
}

// errCancelled is how a build ends that was overtaken.
var errCancelled = errors.New("context canceled")

// pid is the one of the process of a version.
func pid(gen int) int { return 100 * gen }

func started(gen int) runner.Started { return runner.Started{Gen: gen, PID: pid(gen)} }

func readied(gen int) runner.Ready {
	return runner.Ready{Gen: gen, PID: pid(gen), Via: "port", Address: "localhost:8080", Took: 40 * time.Millisecond}
}

// exited is the end of a process that was asked to stop.
func exited(gen int) runner.Exited { return runner.Exited{Gen: gen, PID: pid(gen), Expected: true} }

// crashed is the unexpected end of a process.
func crashed(gen, code int) runner.Exited {
	return runner.Exited{Gen: gen, PID: pid(gen), Code: code, LastWords: "oh no"}
}

// dump writes out all that a value holds, also behind its pointers, but for
// package graphs, which are never changed.
func dump(v any) string {
	var b strings.Builder
	dumpValue(&b, reflect.ValueOf(v))
	return b.String()
}

func dumpValue(b *strings.Builder, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[*build.Graph]():
		fmt.Fprint(b, v.Pointer())
	case v.Kind() == reflect.Pointer && !v.IsNil():
		b.WriteByte('&')
		dumpValue(b, v.Elem())
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		for i := range v.NumField() {
			b.WriteString(v.Type().Field(i).Name + ": ")
			dumpValue(b, v.Field(i))
			b.WriteByte('\n')
		}
	case v.Kind() == reflect.Slice:
		fmt.Fprint(b, v.Len())
		for i := range v.Cap() { // an append may have written behind its end
			dumpValue(b, v.Slice(0, v.Cap()).Index(i))
			b.WriteByte(';')
		}
	case v.Kind() == reflect.Interface && !v.IsNil():
		dumpValue(b, v.Elem())
	default:
		fmt.Fprint(b, v) // prints what v holds, exported or not
	}
}
