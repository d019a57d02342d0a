package runner

import (
	"context"
	"time"

	"hotreload/internal/appsock"
	"hotreload/internal/proxy"
)

// drain asks the process to stop accepting, to finish its requests and to hand over its
// state, which requests may hold up for some time. It reports whether the process finishes its
// requests by itself.
func (p *process) drain(requests time.Duration) (serves bool) {
	return p.desk.Drain(appsock.Limits{
		Within: p.patience.drain, AtMost: p.patience.longestDrain, Requests: max(requests, p.patience.keep), Keep: p.patience.keep,
	})
}

// awaitAnswers waits for some time for requests that come through the proxy to be answered;
// nil: there are none.
func (p *process) awaitAnswers(answered <-chan struct{}, limit time.Duration) {
	if answered == nil {
		return
	}
	select {
	case <-answered:
	case <-time.After(limit):
	case <-p.life.Done():
	}
}

// yield has the process accept no more connections, because another one does. It returns
// when that is so, or cannot be seen.
func (p *process) yield(ctx context.Context) {
	if p.drain(p.patience.drain) {
		return
	}
	p.stop()
	ctx, cancel := context.WithTimeout(ctx, p.patience.yield)
	defer cancel()
	poll(ctx, func() bool { return len(listening(ctx, p.tree())) == 0 })
}

// leave has the process finish what it serves, and returns when it is gone. What is
// under way to it through the proxy is finished first. A process that can be told closes
// its streams itself; of another one we wait for them to end, too.
func (p *process) leave(under proxy.Leaving) {
	limit := p.patience.drain + p.patience.drainSlack
	longest := p.patience.longestDrain + p.patience.drainSlack
	began, deadline := time.Now(), time.NewTimer(limit)
	defer deadline.Stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	drained := make(chan struct{}) // closed when it has finished all, and waits for its stop signal
	yield := func() {
		p.yield(ctx)
		p.work.Go(func() {
			if p.desk.AwaitDrained(ctx) {
				close(drained)
			}
		})
	}
	first := under.Idle
	if p.desk.Attended() {
		first = under.Answered
	}
	if first == nil {
		yield()
	}
	for {
		select {
		case <-p.gone:
			return
		case <-first:
			first = nil
			yield()
			continue
		case <-drained:
		case now := <-deadline.C:
			progress := under.MadeProgress()
			if left := longest - now.Sub(began); left > 0 && (p.desk.MadeProgress() || progress) {
				deadline.Reset(min(left, p.patience.drain))
				continue
			}
		}
		p.stop()
		<-p.gone
		return
	}
}
