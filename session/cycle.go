package session

import "time"

// This file numbers events and cycles. A cycle is what is done about changes or a
// command: the plan, what follows from it, and the cycle's own event. All of that
// has one number, gen, which only the version that results from it shares.

// numbers are the last that were given.
type numbers struct {
	seq    int64 // of an event in the JSON stream
	cycles int   // of a cycle
}

// emit reports an event, and numbers what goes into the JSON stream.
func (t *step) emit(gen int, d Data) {
	e := Event{Time: t.now, Gen: gen, Data: d}
	if n := e.lines(); n > 0 {
		e.Seq = t.numbers.seq + 1
		t.numbers.seq += n
	}
	t.do(emit{e})
}

// fresh is the number of a new cycle.
func (t *step) fresh() int {
	t.numbers.cycles++
	return t.numbers.cycles
}

// plan reports what will be done.
func (t *step) plan(gen int, p Plan) {
	t.Plan = p
	t.emit(gen, p)
}

// none is a cycle in which there is nothing to do.
func (t *step) none(gen int, p Plan, first time.Time) {
	t.plan(gen, p)
	took := milliseconds(t.now.Sub(first))
	t.cycle(gen, Cycle{Result: NoOp, Rung: None, Reason: p.Reason, WatchMS: took, TotalMS: took})
}

// cycle closes a cycle, and tells pages what has come of it.
func (t *step) cycle(gen int, c Cycle) {
	t.Cycle = c
	if !c.Overtaken {
		t.tellStale(gen)
	}
	t.showProblem()
	t.emit(gen, c)
}
