package runner

import "fmt"

// instance is a process as Run sees it: what it is for, and how far it is. It belongs
// to Run alone.
type instance struct {
	process  *process
	request  Request   // with the plugins that it has loaded
	plugins  plugins   // that it is to have
	from     *instance // it is to take over from this one; nil: from none
	held     bool      // requests wait at the proxy for it, after another one was stopped
	up       bool      // it serves
	turn     turnState
	leaving  bool      // another one takes over from it
	makesWay bool      // it is to end so that another one can be started in its place
	late     *notReady // it was not ready in time; nil: it was, or still may be
}

// turnState says whether a process takes over or is given up before it does. That is
// settled once and for all: the old process hands over its state only once.
type turnState int

const (
	undecided turnState = iota
	taken
	givenUp
)

// takeTurn reports whether the process takes over.
func (i *instance) takeTurn() bool {
	if i.turn == undecided {
		i.turn = taken
	}
	return i.turn == taken
}

// giveUp reports whether it does not.
func (i *instance) giveUp() bool {
	if i.turn == undecided {
		i.turn = givenUp
	}
	return i.turn == givenUp
}

// gone is closed once nothing of the process's tree is left; of no instance, never.
func (i *instance) gone() <-chan struct{} {
	if i == nil {
		return nil
	}
	return i.process.gone
}

// exited reports the end of the process. All of its goroutines must have ended.
func (i *instance) exited() Exited {
	i.process.entry.ended()
	e := i.process.exited
	// One that makes way may end by itself, and fails if it had to cut requests.
	if (i.leaving || i.makesWay && (e.Code == 0 || i.process.handedOver())) && !e.Expected {
		e.Expected, e.Hint = true, ""
	}
	return e
}

// typed passes on what was typed.
func (i *instance) typed(text []byte) {
	if i != nil && i.process.streams.keys != nil {
		i.process.streams.keys.put(text)
	}
}

// lateHint says that a process was not ready in time; empty: that is not so.
func (i *instance) lateHint() string {
	if i.late == nil {
		return ""
	}
	if i.late.locked != "" {
		return fmt.Sprintf("it waited for %s, which the previous version has locked, and was killed", i.late.locked)
	}
	hint := fmt.Sprintf("it was not ready within %v and was killed (runner.ready_timeout)", i.request.Config.ReadyTimeout)
	if i.late.missed != "" && i.request.Config.Ready != "" {
		hint += ": " + i.late.missed
	}
	if i.late.at != "" {
		hint += fmt.Sprintf("; it listened on %s instead of %s, which proxy.target names", i.late.at, i.request.Proxied.Target)
	}
	return hint
}
