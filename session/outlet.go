package session

import (
	"sync/atomic"

	"hotreload/internal/mailbox"
)

// maxBehind is how much of the app's output may wait for one reader. With more
// the app's own pipe fills up, and the app waits.
const maxBehind = 1 << 20

// outlet carries updates to one reader, which may be slow: the loop never waits.
type outlet struct {
	box  *mailbox.Box[Update]
	held atomic.Int64 // bytes of output that the reader has not taken
	done chan struct{}
}

func newOutlet(out chan<- Update, freed chan<- struct{}) *outlet {
	o := &outlet{box: mailbox.New[Update](), done: make(chan struct{})}
	go func() {
		defer close(o.done)
		defer close(out)
		for u := range o.box.All() {
			out <- u
			o.taken(size(u), freed)
		}
	}()
	return o
}

// taken notes that the reader took some output, and wakes the loop when it may go on.
func (o *outlet) taken(size int64, freed chan<- struct{}) {
	if now := o.held.Add(-size); now <= maxBehind && now+size > maxBehind {
		select {
		case freed <- struct{}{}:
		default:
		}
	}
}

func (o *outlet) put(u Update) {
	o.held.Add(size(u))
	o.box.Put(u)
}

// close returns when the reader has taken all there was.
func (o *outlet) close() {
	o.box.Close()
	<-o.done
}

func (o *outlet) behind() bool { return o.held.Load() > maxBehind }

// behind reports whether a screen cannot keep up.
func (l *loop) behind() bool {
	for _, out := range l.outlets {
		if out.behind() {
			return true
		}
	}
	return false
}

func size(u Update) int64 {
	switch out := u.Event.Data.(type) {
	case AppOutput:
		return int64(len(out.Bytes))
	case AgentOutput:
		return int64(len(out.Text))
	}
	return 0
}
