package runner

import (
	"context"
	"strings"
	"sync"
	"time"

	"hotreload/internal/appsock"
	"hotreload/internal/supervise"
)

// readDeadline is how long a pipe may stay open when the whole tree is gone: then
// something outside the tree holds it, and its end will never come.
const readDeadline = time.Second

// process is one process of the app, from its start to the end of its tree. Run calls
// its methods; its goroutines report to Run.
type process struct {
	gen        int
	identity   *identity
	port       int // that it was expected to listen on; 0: any
	supervised *supervise.Process
	started    time.Time
	streams    *streams
	desk       *appsock.Desk // nil: it cannot be talked to
	entry      *entry
	patience   patience

	life    context.Context // until it is asked to end, or has ended
	end     context.CancelFunc
	work    sync.WaitGroup // its goroutines
	reports chan<- report
	gone    chan struct{} // closed when its tree is gone
	exited  Exited        // set before that
}

// report is what a process has to tell Run.
type report struct {
	from *process
	news any // Ready, notReady, turn, departed, pluginReport or another Event
}

// departed is the report that a leaving process is gone.
type departed struct{}

// report tells Run; false: the process is to end, or has ended.
func (p *process) report(news any) bool {
	select {
	case p.reports <- report{p, news}:
		return true
	case <-p.life.Done():
		return false
	}
}

// run waits for the process, its tree and its output, in this order.
func (p *process) run(output chan<- Output) {
	readers := p.streams.printed
	dead := make(chan struct{})
	var reading sync.WaitGroup
	for _, r := range readers {
		reading.Go(func() { r.run(output, p.life.Done(), dead) })
	}
	exit, ran := p.live()
	expected := p.asked()
	p.end()
	left := p.supervised.Reap()
	p.desk.Close()
	close(dead)
	for _, r := range readers {
		_ = r.from.SetReadDeadline(time.Now().Add(readDeadline))
	}
	reading.Wait()

	p.exited = Exited{
		Gen: p.gen, PID: p.pid(), Code: exit.Code, Signal: exit.Signal,
		Expected: expected, Ran: ran, Left: left,
	}
	for _, r := range readers {
		p.exited.Tail = append(p.exited.Tail, r.tail...)
		words := r.last.String()
		if r.cooked {
			words = strings.ReplaceAll(words, "\r\n", "\n")
		}
		p.exited.LastWords += words
	}
	if !expected {
		p.exited.Hint = portHint(p.exited.LastWords)
	}
	close(p.gone)
}

// stop asks the tree to end within its grace period. From now on nothing waits for the
// process to get ready, and its output does not wait for the screen.
func (p *process) stop() {
	p.end()
	p.supervised.Stop()
}

// kill ends the tree at once.
func (p *process) kill() {
	p.end()
	p.supervised.Kill()
}

// finish stops the process once its requests are answered, or some time has passed. Those
// that come through the proxy are, once a channel is closed. It is asked to answer others; once
// it has handed over its state, it has some time to end by itself. 0: it is not asked.
func (p *process) finish(answered <-chan struct{}, byItself time.Duration) {
	p.work.Go(func() {
		until := time.Now().Add(p.patience.drain)
		if byItself > 0 {
			p.awaitAnswers(answered, p.patience.drain-p.patience.keep)
			p.drain(time.Until(until))
			p.desk.Kept(p.life)
			rest, cancel := context.WithTimeout(p.life, min(byItself, time.Until(until)))
			defer cancel()
			p.desk.AwaitDrained(rest)
		} else {
			p.awaitAnswers(answered, p.patience.drain)
		}
		if !p.asked() {
			p.stop()
		}
	})
}

// isGone reports whether nothing of its tree is left.
func (p *process) isGone() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// asked reports whether the process was asked to end, or has ended.
func (p *process) asked() bool { return p.life.Err() != nil }

// shares reports whether listeners of the process outlive it.
func (p *process) shares() bool { return len(p.desk.Given()) > 0 }

// awaitShare tells when a process that got ready without a passed listener gets one: it
// may have opened a port for debugging first.
func (p *process) awaitShare() {
	if p.desk == nil {
		return
	}
	select {
	case <-p.desk.Gave():
		p.report(Shares{Gen: p.gen, PID: p.pid()})
	case <-p.life.Done():
	}
}
