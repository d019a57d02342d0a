package session

import "sync/atomic"

// maxBehind is how much of the app's output may wait for one reader. With more
// the app's own pipe fills up, and the app waits.
const maxBehind = 1 << 20

// outlet carries updates to one reader, who may be slow: the loop never waits.
type outlet struct {
	in   chan Update
	held atomic.Int64 // bytes of output that the reader has not taken
	done chan struct{}
}

func newOutlet(out chan<- Update, freed chan<- struct{}) *outlet {
	o := &outlet{in: make(chan Update), done: make(chan struct{})}
	go func() {
		defer close(o.done)
		o.pump(out, freed)
	}()
	return o
}

// pump moves updates until the outlet is closed and its reader has taken all.
func (o *outlet) pump(out chan<- Update, freed chan<- struct{}) {
	defer close(out)
	var queue []Update
	in := o.in
	for in != nil || len(queue) > 0 {
		var to chan<- Update
		var head Update
		if len(queue) > 0 {
			to, head = out, queue[0]
		}
		select {
		case u, ok := <-in:
			if !ok {
				in = nil
				continue
			}
			queue = append(queue, u)
		case to <- head:
			queue[0] = Update{} // lets go of its bytes
			queue = queue[1:]
			if now := o.held.Add(-size(head)); now <= maxBehind && now+size(head) > maxBehind {
				select {
				case freed <- struct{}{}:
				default:
				}
			}
		}
	}
}

func (o *outlet) put(u Update) {
	o.held.Add(size(u))
	o.in <- u
}

// close returns when the reader has taken all there was.
func (o *outlet) close() {
	close(o.in)
	<-o.done
}

func (o *outlet) behind() bool { return o.held.Load() > maxBehind }

func size(u Update) int64 {
	out, _ := u.Event.Data.(AppOutput)
	return int64(len(out.Bytes))
}
