package session

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hotreload/runner"
)

// Command is what a user asks of a session: an Order, Typed, TypedHidden, a Look, Resized, a Setting or a Deliver.
type Command interface{ isCommand() }

// Order is a command of one word: a key, or what `hotreload send` sends.
type Order string

const (
	CommandRebuild Order = "rebuild" // build, and start what comes out unless it is what runs
	CommandRestart Order = "restart" // a new process of the same executable
	CommandPause   Order = "pause"   // gather changes without acting on them
	CommandResume  Order = "resume"  // act on what was gathered
	CommandQuit    Order = "quit"
)

type (
	// Typed is text for the app to read.
	Typed struct{ Text []byte }
	// TypedHidden is text that was typed while the app did not echo it, such as a password.
	// It is refused if the app would echo it now. Done must have room for the answer.
	TypedHidden struct {
		Text []byte
		Done chan<- error
	}
	// Look asks how the app has set up its terminal. Done must have room for the answer.
	Look struct{ Done chan<- Terminal }
	// Resized is the size of the terminal that the app is shown on, in cells.
	Resized struct{ Columns, Rows int }
	// Setting sets a tunable of the running app. Done must have room for the answer.
	Setting struct {
		Name, Value string
		Done        chan<- error
	}
)

// Terminal is how the app has set up its terminal.
type Terminal = runner.Terminal

func (Order) isCommand()       {}
func (Typed) isCommand()       {}
func (TypedHidden) isCommand() {}
func (Look) isCommand()        {}
func (Resized) isCommand()     {}
func (Setting) isCommand()     {}

// Orders lists all there are.
func Orders() []Order {
	return []Order{CommandRebuild, CommandRestart, CommandPause, CommandResume, CommandQuit}
}

// ParseOrder checks the name of an order.
func ParseOrder(name string) (Order, error) {
	if o := Order(name); slices.Contains(Orders(), o) {
		return o, nil
	}
	var names []string
	for _, o := range Orders() {
		names = append(names, string(o))
	}
	return "", fmt.Errorf("unknown command %q; it is one of %s", name, strings.Join(names, ", "))
}

// Set has a session set a tunable of the running app, and waits for the answer.
func Set(ctx context.Context, commands chan<- Command, name, value string) error {
	done := make(chan error, 1)
	select {
	case commands <- Setting{name, value, done}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *step) command(c Command) {
	switch c := c.(type) {
	case Order:
		t.order(c)
	case Typed:
		t.do(typeText{c.Text})
	case TypedHidden:
		t.do(typeHidden{c})
	case Look:
		t.do(look{c})
	case Resized:
		t.do(resize{runner.Size{Columns: c.Columns, Rows: c.Rows}})
	case Setting:
		t.do(set{c})
	case Deliver:
		t.deliver(c)
	}
}

func (t *step) order(c Order) {
	if t.quitting != "" {
		return
	}
	switch {
	case c == CommandQuit:
		t.quit("asked to quit")
	case c == CommandPause && !t.Paused:
		t.Paused = true
		t.emit(t.Gen, Paused{})
		t.abandon()
		t.changes.backlog = t.changes.backlog.awaits(itsTurn, t.now)
	case c == CommandResume && t.Paused:
		t.Paused = false
		t.emit(t.Gen, Resumed{})
		t.resume()
	case c == CommandRestart && t.builds.artifact.Path != "":
		t.act(t.answer(), Plan{Rung: Restart, Reason: "asked to restart"}, nil, t.now)
	case c == CommandRebuild || c == CommandRestart:
		t.rebuild(c)
	}
}

// resume acts on what was gathered.
func (t *step) resume() {
	pending := t.pending()
	d := t.judge(pending)
	switch {
	case d.config:
		t.read(pending, t.now)
	case d.Build || len(pending) > 0:
		t.changes.backlog = t.changes.backlog.decided()
		t.act(t.answer(), d.Plan, pending, t.now)
	}
}

// rebuild trusts nothing that is known: all is generated, built and listed again.
func (t *step) rebuild(c Order) {
	if t.builds.last == 0 {
		return // the first build is about to start
	}
	t.listing.again, t.builds.full = true, true
	t.makeDue(t.allGenerators())
	pending := t.pending()
	t.judge(pending)
	t.act(t.answer(), Plan{Rung: Restart, Build: true, Reason: "asked to " + string(c)}, pending, t.now)
	config, _ := split(pending, func(c change) bool { return c.path == t.configFile })
	t.changes.backlog = t.changes.backlog.add(itsTurn, config) // it has still to be read
}

// quit stops all. Nothing else is begun from now on.
func (t *step) quit(reason string) {
	if t.quitting != "" {
		return
	}
	t.quitting = reason
	if t.builds.job != nil {
		t.do(cancelBuild{})
		if t.builds.published() {
			t.emit(t.builds.job.gen, BuildCancel{"the session ends"})
		}
		t.builds.job = nil
	}
	t.do(stop{})
}

// settle is how long the app may take to answer when a value is set: it tells its
// updaters first.
const settle = 10 * time.Second

// set has the app set a value, and hands back its answer.
func (l *loop) set(s Setting) {
	l.work.Go(func() {
		ctx, cancel := context.WithTimeoutCause(l.ctx, settle, fmt.Errorf("it has not answered within %v", settle))
		defer cancel()
		s.Done <- l.options.Target.Set(ctx, s.Name, s.Value)
	})
}
