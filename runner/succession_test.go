//go:build unix

package runner

import (
	"context"
	"encoding/json"
	"testing"

	"hotreload/internal/appsock"
)

// idle is a process whose reports go to reports.
func idle(reports chan<- report) *process {
	p := &process{entry: newEntry(nil, legacy{}), reports: reports}
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// A process that is being killed for a newer version takes no state with it, however late
// it asks for it.
func TestGivenUpProcessTakesNothing(t *testing.T) {
	reports := make(chan report)
	from, late := &instance{process: idle(reports)}, &instance{process: idle(reports)}
	late.from, late.process.entry = from, newEntry(from.process, legacy{})
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

// What was kept goes on to the next version, however a version ends that has not taken it over.
func TestStateIsNotLost(t *testing.T) {
	kept := appsock.State{"n": json.RawMessage("7")}
	for name, end := range map[string]func(s *succession, i *instance){
		"it crashed as it took over, and the one before had ended": func(s *succession, i *instance) {
			i.from = &instance{leaving: true}
			s.next = i
			s.nextEnded()
		},
		"it was stopped for a newer one": func(s *succession, i *instance) {
			i.process.exited.Expected = true
			s.serving = i
			s.servingEnded()
		},
		"it crashed before it was ready": func(s *succession, i *instance) {
			s.serving = i
			s.servingEnded()
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := &instance{process: idle(nil)}
			i.process.entry = newEntry(nil, legacy{kept: appsock.Kept{State: kept}})
			s := &succession{ctx: t.Context(), asked: orders{want: &Request{}}, events: make(chan Event, 1)}
			end(s, i)
			if got := s.handed.claim(t.Context()).State; string(got["n"]) != "7" {
				t.Errorf("%s is left to the next version, want what was kept", got)
			}
		})
	}
}

// What has ended is not kept in memory by what comes after it, whether it has taken over any
// state or, as an app without hot, has not.
func TestVersionsAreForgotten(t *testing.T) {
	events := make(chan Event, 1)
	s := &succession{ctx: t.Context(), asked: orders{want: &Request{}}, events: events}
	s.handed = legacy{kept: appsock.Kept{State: appsock.State{"n": json.RawMessage("7")}}}
	for range 3 {
		i := &instance{process: idle(nil)}
		i.process.entry = newEntry(nil, s.handed)
		i.process.exited.Expected = true
		i.process.gone = make(chan struct{})
		close(i.process.gone)
		s.serving = i
		s.servingEnded()
		<-events
		if s.handed.of != nil {
			t.Error("a process that has ended is still known")
		}
	}
	if got := s.handed.claim(t.Context()).State; string(got["n"]) != "7" {
		t.Errorf("%s is left to the next version, want what was kept", got)
	}
}
