package agent

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"hotreload/internal/fleet"
	"hotreload/session"
)

// This file follows the session here, and tells the bus.

// Attend passes versions to the session, and reports what it makes of them, until its updates
// end.
func (a *Agent) Attend(updates <-chan session.Update, commands chan<- session.Command) {
	defer a.builder.close()
	passed := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(passed)
		for {
			select {
			case c := <-a.orders:
				select {
				case commands <- c:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	for u := range updates {
		a.publish(u)
		if relevant(u.Event.Data) {
			a.commands.Put(func(a *Agent) { a.follow(u) })
		}
	}
	cancel()
	<-passed
}

// publish passes an event on to whoever listens on the bus.
func (a *Agent) publish(u session.Update) {
	name := a.options.Place.Name
	if out, ok := u.Event.Data.(session.AppOutput); ok {
		for _, line := range out.Lines {
			a.line.Print(fleet.Printed{Name: name, Stream: out.Stream, Text: line})
		}
		return
	}
	if line := u.Event.AppendJSON(nil); len(line) > 0 {
		a.line.Publish(name, u.Event.Data.Type(), line)
	}
}

// relevant reports whether an event may change the status.
func relevant(d session.Data) bool {
	switch d.(type) {
	case session.AppReady, session.AppExit, session.Cycle, session.SwapRollback, session.AppStart,
		session.PluginLoaded, session.PluginRejected:
		return true
	}
	return false
}

// follow takes what happens to the app.
func (a *Agent) follow(u session.Update) {
	now, was := u.State.Serving, a.status
	if now.PID != a.status.Serving.PID { // what served is gone
		a.serving = nil
	}
	delivered := u.State.Elsewhere.Delivered
	mine := u.Event.Gen == max(delivered.Gen, 1) && (delivered.Gen == 0 || delivered.Version == a.want.Version)
	switch d := u.Event.Data.(type) {
	case session.Cycle:
		if mine && !d.Overtaken {
			a.cycle(d, u.State)
		}
	case session.PluginLoaded:
		if mine && a.serving != nil && a.serving.ID != a.want.ID { // a mixture serves, until all are loaded
			mixture := *a.serving
			mixture.ID = 0
			a.serving = &mixture
		}
	case session.PluginRejected: // the app has opened it late
		if mine && a.status.Condition == fleet.Serving {
			a.is(fleet.Failing, u.State.Lacks())
		}
	case session.AppExit:
		mine = mine || was.Condition == fleet.Serving && was.Serving.PID == d.PID // it has loaded plugins since its start
		if mine && !d.Expected {
			a.last = exitReason(u, d)
		}
		if mine && !d.Expected && !d.Rollback && now.PID == 0 && a.status.Condition == fleet.Serving {
			a.status.Serving = fleet.Process{}
			a.is(fleet.Failing, a.last)
		}
	case session.SwapRollback:
		if mine {
			a.is(fleet.Failing, d.Reason)
		}
	case session.AppReady: // here a version that is not ready in time counts as running, but others must not follow it
		if r := a.config(*a.want).Runner; mine && d.Via == "timeout" && r.Ready != "" {
			a.is(fleet.Failing, fmt.Sprintf("it was not ready within %v: %s", r.ReadyTimeout, r.Ready))
		}
	}
	if a.serving == nil {
		a.status.Serving = fleet.Process{}
	}
}

// cycle takes the end of what was done to put a version into service.
func (a *Agent) cycle(c session.Cycle, s session.State) {
	if c.Result == session.Failed {
		a.is(fleet.Failing, cmp.Or(failure(s), a.last, "it did not come to serve"))
		return
	}
	if lacks := s.Lacks(); lacks != "" {
		a.is(fleet.Failing, lacks)
		return
	}
	if a.status.Condition == fleet.Failing { // it was not ready in time
		return
	}
	if a.memory.Good == nil || a.memory.Good.ID != a.want.ID {
		a.memory.Good = a.want
		a.save()
	}
	a.serving = a.want
	a.status.Serving = fleet.Process{Version: a.want.Version, PID: s.Serving.PID, Address: s.Serving.Address, Since: s.Serving.Since}
	a.is(fleet.Serving, "")
	settings := a.set
	a.set = nil
	a.tune(settings)
}

// exitReason says how a process ended, with its last words.
func exitReason(u session.Update, d session.AppExit) string {
	words := lastWords(d.Last)
	switch p := u.State.Panic; {
	case d.PID == 0:
		return "it could not be started: " + words
	case p != nil:
		return "panic: " + p.Message
	case words == "":
		return fmt.Sprintf("it exited by itself, with status %d, without a word", d.Code)
	}
	return words
}

// failure says why a version does not serve.
func failure(s session.State) string {
	if p := s.Panic; p != nil {
		return "panic: " + p.Message
	}
	if len(s.Diagnostics) > 0 {
		return s.Diagnostics[0].Message
	}
	return ""
}

// maxWords bounds what of an app's last words travels with a status.
const maxWords = 1 << 10

func lastWords(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxWords {
		text = text[len(text)-maxWords:]
	}
	return text
}
