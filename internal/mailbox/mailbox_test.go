package mailbox

import (
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTakeReturnsAllInOrder(t *testing.T) {
	b := New[int]()
	b.Put(1, 2)
	b.Put(3)
	<-b.Ready()
	if got := b.Take(); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("took %v", got)
	}
	if got := b.Take(); len(got) != 0 {
		t.Errorf("took %v from an empty box", got)
	}
}

func TestReadyOnlyWhileValuesWait(t *testing.T) {
	b := New[int]()
	expectNotReady := func() {
		t.Helper()
		select {
		case <-b.Ready():
			t.Error("ready without a value")
		default:
		}
	}
	expectNotReady()
	b.Put()
	expectNotReady()
	b.Put(1)
	<-b.Ready()
	b.Put(2) // between the token and Take
	if got := b.Take(); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("took %v", got)
	}
	expectNotReady()
	b.Put(3)
	<-b.Ready()
}

func TestCloseKeepsWhatWaits(t *testing.T) {
	b := New[string]()
	b.Put("last")
	b.Close()
	b.Close()
	b.Put("too late")
	if got := slices.Collect(b.All()); !slices.Equal(got, []string{"last"}) {
		t.Errorf("took %q", got)
	}
	if _, ok := <-b.Ready(); ok {
		t.Error("a closed and empty box is ready")
	}
}

func TestMergeStartsAfreshAfterTake(t *testing.T) {
	// Keeps the largest value alone, and drops negative ones.
	b := NewMerging(func(waiting []int, next int) []int {
		if next < 0 {
			return waiting
		}
		return []int{slices.Max(append(waiting, next))}
	})
	b.Put(-1)
	select {
	case <-b.Ready():
		t.Error("ready though the only value was dropped")
	default:
	}
	b.Put(3, 1, 2)
	if got := b.Take(); !slices.Equal(got, []int{3}) {
		t.Errorf("took %v", got)
	}
	b.Put(2)
	if got := b.Take(); !slices.Equal(got, []int{2}) {
		t.Errorf("took %v", got)
	}
}

func TestManyPutOneTakes(t *testing.T) {
	const putters, each = 8, 1000
	type value struct{ from, n int }
	b := New[value]()
	var work sync.WaitGroup
	for from := range putters {
		work.Go(func() {
			for n := range each {
				b.Put(value{from, n})
			}
		})
	}
	go func() {
		work.Wait()
		b.Close()
	}()
	var next [putters]int
	for v := range b.All() {
		if v.n != next[v.from] {
			t.Fatalf("putter %d: took %d, want %d", v.from, v.n, next[v.from])
		}
		next[v.from]++
	}
	for from, n := range next {
		if n != each {
			t.Errorf("putter %d: took %d of %d values", from, n, each)
		}
	}
}
