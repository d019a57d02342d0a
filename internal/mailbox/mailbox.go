// Package mailbox is the one unbounded queue between goroutines.
//
//	Put, from any goroutine ──▶ [ v v v v ] ──▶ Ready, then Take: all of them
//
// In go values; out come all that wait, in order, as one slice. What always holds: Put never
// blocks, however slow the taker is; a value is taken at most once; what was put before Close
// can still be taken, and what is put later is dropped. A box starts no goroutine. It bounds
// nothing: a user that needs a bound counts what it puts and takes, or merges.
package mailbox

import (
	"iter"
	"sync"
)

// Box holds values until its one taker fetches them.
type Box[T any] struct {
	merge func(waiting []T, next T) []T // nil: append
	ready chan struct{}                 // holds a token while values wait

	mu      sync.Mutex
	waiting []T
	closed  bool
}

// New returns an empty box.
func New[T any]() *Box[T] { return NewMerging[T](nil) }

// NewMerging returns an empty box in which merge adds each value to those that wait,
// and may replace or drop some of them. It runs under the box's lock, so it must not
// block, and may keep counts of its own: after each Take it starts with none waiting.
func NewMerging[T any](merge func(waiting []T, next T) []T) *Box[T] {
	return &Box[T]{merge: merge, ready: make(chan struct{}, 1)}
}

// Put adds values. After Close it drops them.
func (b *Box[T]) Put(values ...T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	if b.merge == nil {
		b.waiting = append(b.waiting, values...)
	} else {
		for _, v := range values {
			b.waiting = b.merge(b.waiting, v)
		}
	}
	if len(b.waiting) == 0 {
		return
	}
	select {
	case b.ready <- struct{}{}:
	default: // the token is there
	}
}

// Ready receives when there is something to take. Once the box is closed and that
// has been announced, it is closed as well.
func (b *Box[T]) Ready() <-chan struct{} { return b.ready }

// Take returns all that waits, and leaves the box empty.
func (b *Box[T]) Take() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.ready: // what it announces is taken here
	default:
	}
	values := b.waiting
	b.waiting = nil
	return values
}

// All waits for values and yields them one by one, until the box is closed and empty.
// Breaking out of the loop drops those that were taken together with the last one.
func (b *Box[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		for range b.ready {
			for _, v := range b.Take() {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// Close lets the taker know that no more will come. It may be called more than once.
func (b *Box[T]) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		close(b.ready)
	}
}
