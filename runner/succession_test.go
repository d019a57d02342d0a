//go:build unix

package runner

import (
	"context"
	"testing"

	"hotreload/internal/appsock"
)

// idle is a process whose reports go to reports.
func idle(reports chan<- report) *process {
	p := &process{entry: newEntry(nil, nil), reports: reports}
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// A process that is being killed for a newer version takes no state with it, however late
// it asks for it.
func TestGivenUpProcessTakesNothing(t *testing.T) {
	reports := make(chan report)
	from, late := &instance{process: idle(reports)}, &instance{process: idle(reports)}
	late.from, late.process.entry.from = from, from.process
	if !late.giveUp() {
		t.Fatal("it cannot be given up before its turn")
	}
	s := &succession{serving: from, next: late}
	admitted := make(chan struct{})
	go func() {
		defer close(admitted)
		late.process.admit(&appsock.Asker{Keeps: true})
	}()
	s.hear(<-reports)
	<-admitted
	select {
	case <-late.process.entry.admitted:
		t.Error("it is admitted")
	default:
	}
	if from.leaving {
		t.Error("the version before is told to end for it")
	}
	if late.takeTurn() {
		t.Error("it takes its turn after it was given up")
	}
	var other instance
	if !other.takeTurn() || other.giveUp() || !other.takeTurn() {
		t.Error("a process that has taken its turn is given up")
	}
}

// The report of a process that it is ready may cross the order that kills it.
func TestReadyCrossesTheKill(t *testing.T) {
	dying := func() *instance {
		i := &instance{process: idle(nil)}
		i.process.end()
		return i
	}
	serving := &instance{process: idle(nil), up: true}
	next := dying()
	s := &succession{serving: serving, next: next}
	s.hear(report{next.process, Ready{}})
	if s.serving != serving || serving.leaving {
		t.Error("the serving process makes way for one that is being killed")
	}
	s.serving, s.next = dying(), nil
	s.hear(report{s.serving.process, Ready{}})
	if s.serving.up {
		t.Error("a process that is being stopped serves")
	}
}
