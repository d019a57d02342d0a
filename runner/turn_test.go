//go:build unix

package runner

import (
	"context"
	"testing"

	"hotreload/internal/appsock"
	"hotreload/internal/supervise"
)

// What is being killed for a newer version takes nobody's state with it, however late it asks.
func TestGivenUpProcessTakesNothing(t *testing.T) {
	from := &instance{passage: &passage{}}
	i := &instance{passage: &passage{from: from, admitted: make(chan Carried, 1)}, life: context.Background()}
	if !i.turn.giveUp() {
		t.Fatal("it cannot be given up before its turn")
	}
	i.admit(&appsock.Asker{Keeps: true})
	if from.leaving.Load() || len(i.admitted) > 0 {
		t.Error("the version before is told to end for it")
	}
	if i.turn.take() {
		t.Error("it takes its turn after it was given up")
	}
	var other turn
	if !other.take() || other.giveUp() || !other.take() {
		t.Error("what has taken its turn is given up")
	}
}

// The word of a process that it is ready may cross the one that kills it.
func TestReadyCrossesTheKill(t *testing.T) {
	dying := func(pid int) *instance {
		i := &instance{process: &supervise.Process{PID: pid}, passage: &passage{}, closing: make(chan struct{})}
		close(i.closing)
		return i
	}
	target := New(nil)
	serving := &instance{process: &supervise.Process{PID: 1}, passage: &passage{}, closing: make(chan struct{}), up: true}
	target.child, target.next = serving, dying(2)
	target.serves(Ready{PID: 2})
	if target.child != serving || serving.leaving.Load() {
		t.Error("the one that serves makes way for one that is being killed")
	}
	target.child, target.next = dying(3), nil
	target.serves(Ready{PID: 3})
	if target.child.up {
		t.Error("one that is being stopped serves")
	}
}
