package runner

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
)

const (
	// firstProbe and maxProbe bound the pauses between two looks at the app's
	// sockets: a server listens within milliseconds or takes its time. Each look
	// costs about a millisecond of a core that the app may want for its start.
	firstProbe = 5 * time.Millisecond
	maxProbe   = 100 * time.Millisecond
)

// What runner.ready may begin with.
const (
	httpPrefix = "http://"
	logPrefix  = "log:"
)

// readiness finds out when a process serves. It belongs to one goroutine of the process.
type readiness struct {
	process   *process
	from      *process // it is to take over from this one; nil: from none
	held      bool     // requests wait at the proxy for it
	config    Config
	dir       string // the app's working directory
	strategy  Strategy
	expects   expectation
	inherited []net.Addr // the listeners that it was started with
	said      *lineWatch // the line that makes it ready; nil: none does
	others    []string   // where it listens besides

	executable string
	portless   bool   // the version before it opened no port
	ported     bool   // the version before it listened
	missed     string // what there was instead of the sign that runner.ready names
}

func newReadiness(p *process, w *launch) *readiness {
	return &readiness{
		process: p, from: w.place.from, held: w.place.held, config: w.request.Config, dir: w.request.dir(), strategy: w.request.Strategy,
		expects: w.expects, inherited: w.inherited, said: w.said, executable: w.request.Artifact.Path, portless: w.portless, ported: w.ported,
	}
}

// notReady is the report that a process was not ready in time and cannot count as running:
// the one before it still serves, or requests wait.
type notReady struct {
	missed string // what it did not do, and what there was instead
	at     string // where it listens instead of where it must; empty: nowhere
	locked string // the file that it wants and the process before it has locked; empty: there is none
}

// await waits until the process serves. It reports false when the process is to end, or
// has ended.
func (r *readiness) await(ctx context.Context) (Ready, bool) {
	limited, cancel := r.process.entry.limit(ctx, &r.process.work, r.config.ReadyTimeout)
	defer cancel()
	if r.from != nil {
		r.process.work.Go(func() { r.watchContention(limited, cancel) })
	}
	ready := Ready{Gen: r.process.gen}
	switch {
	case strings.HasPrefix(r.config.Ready, httpPrefix):
		ready.Via = r.awaitAnswer(limited)
	case r.said != nil:
		ready.Via = r.awaitLine(limited)
	default:
		ready.Via, ready.Address = r.awaitListening(limited)
	}
	if ready.Via != "" && !(r.isSteady(limited, ready.Via) && r.tookOver(limited)) {
		ready.Via = ""
	}
	if ready.Via != "" && r.from != nil {
		r.process.entry.guarded = guardPaths(ctx, r.process, r.from, r.dir)
	}
	if ready.Via != "" && r.from != nil && r.strategy.Passes() {
		if _, ok := r.process.takeTurn(false); !ok {
			return Ready{}, false
		}
		r.from.yield(ctx)
	}
	ready.Took, ready.Shared = time.Since(r.process.started), r.process.shares()
	switch {
	case ctx.Err() != nil:
		return Ready{}, false
	case ready.Via == "" && (r.from != nil || r.held):
		late := notReady{missed: r.missed}
		if r.from != nil {
			late.locked = contends(r.process.tree(), r.from.tree())
		}
		if r.expects.firm != "" {
			late.at = r.expects.other()
		}
		r.process.report(late)
		return Ready{}, false
	case ready.Via == "":
		ready.Via, ready.Address, ready.Missed = "timeout", r.expects.other(), r.missed
		return ready, true
	}
	switch {
	case ready.Address != "":
	case r.expects.port == 0 || ready.Shared:
		ready.Address = r.address(ctx)
	default:
		ready.Address = r.awaitMet(ctx)
	}
	ready.Elsewhere, ready.Instead, ready.Others = r.isElsewhere(ready), r.expects.instead, r.others
	if r.expects.port != 0 && !ready.Shared {
		ready.Others = slices.DeleteFunc(slices.Clone(r.expects.others), func(a string) bool { return a == ready.Address })
	}
	return ready, true
}

// isSteady waits to see whether a process that listens stays up before another one makes
// way for it. What says by itself that it is ready is believed.
func (r *readiness) isSteady(ctx context.Context, via string) bool {
	switch {
	case via != "port" && via != "accept", r.from == nil && !r.held:
		return true
	case r.from != nil && r.process.desk.Attended() && (r.from.desk.Keeps() || r.process.desk.Keeps()): // it shows that before it takes over the state
		return true
	}
	return r.process.staysUp(ctx)
}

// tookOver waits until the process has the state of the one before it, if that kept some
// and this one can take it.
func (r *readiness) tookOver(ctx context.Context) bool {
	if r.from == nil || !r.from.desk.Keeps() || !r.process.desk.Attended() {
		return true
	}
	select {
	case <-r.process.entry.admitted:
		return true
	case <-ctx.Done():
		return false
	}
}

// awaitListening waits until the process takes connections: it says so, or accepts one
// from a listener that it was passed, or opens a port of its own. It returns which of
// these, or nothing when the context ends.
func (r *readiness) awaitListening(ctx context.Context) (via, address string) {
	p := &probe{of: r}
	defer p.close()
	none := &portless{of: r}
	for pause := firstProbe; ; pause = min(pause*3/2, maxProbe) {
		switch {
		case len(r.inherited) > 0:
			if p.accepted(ctx, r.inherited[0]) {
				return "accept", ""
			}
		case r.process.shares():
		case r.expects.port != 0:
			address = r.expects.met(ctx, r.process.tree())
		case r.from == nil:
			found := listening(ctx, r.process.tree())
			if len(found) == 0 {
				via = none.sign(ctx)
			}
			address, r.others = r.expects.spoken.pick(ctx, r.expects.named, found, quickAnswer)
		}
		if address != "" && !r.process.shares() {
			return "port", address
		}
		if via != "" {
			return via, ""
		}
		select {
		case <-ctx.Done():
			if r.expects.other() == "" {
				r.missed = "it opened no TCP port"
			}
			return "", ""
		case <-r.process.entry.admitted:
			return r.word(), ""
		case <-r.process.desk.Ready():
			return "app", ""
		case <-time.After(pause):
		}
	}
}

// word is how a process that accepts has become ready: if it said so, it did before.
func (r *readiness) word() (via string) {
	if r.process.saysReady() {
		return "app"
	}
	return "accept"
}

// awaitLine waits for the line in the process's output.
func (r *readiness) awaitLine(ctx context.Context) (via string) {
	select {
	case <-r.said.found:
		return "log"
	case <-ctx.Done():
		r.missed = fmt.Sprintf("no line that it printed matches %s", r.config.Ready)
		if last := r.said.last.Load(); last != nil {
			r.missed += fmt.Sprintf("; the last one was %q", shortened(*last))
		}
		return ""
	}
}

// longestShown is how much of a line a message repeats.
const longestShown = 120

func shortened(line string) string {
	if runes := []rune(line); len(runes) > longestShown {
		return string(runes[:longestShown]) + "…"
	}
	return line
}

// poll waits until something is so, or the context ends. It reports which.
func poll(ctx context.Context, done func() bool) bool {
	for pause := firstProbe; !done(); pause = min(pause*3/2, maxProbe) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
	return true
}

// address is where the process listens, as far as is known.
func (r *readiness) address(ctx context.Context) (address string) {
	var given []psnet.Addr
	for _, at := range addresses(r.process) {
		if port, err := netip.ParseAddrPort(at.String()); err == nil {
			given = append(given, psnet.Addr{IP: port.Addr().String(), Port: uint32(port.Port())})
		}
	}
	all := ports(given)
	if len(all) == 0 {
		all = listening(ctx, r.process.tree())
	}
	address, r.others = r.expects.spoken.pick(ctx, r.expects.named, all, quickAnswer)
	return address
}

// lookAgain looks at the ports again some time after the process was ready, and tells when
// clients want another one than was seen first.
func (r *readiness) lookAgain(ctx context.Context, ready Ready) {
	if r.expects.port != 0 || ready.Shared || ready.Address == "" {
		return
	}
	select {
	case <-time.After(secondLook):
	case <-ctx.Done():
		return
	}
	found := listening(ctx, r.process.tree())
	if !slices.Contains(r.process.tree(), r.process.pid()) {
		return // it has ended, and these are of what it has left
	}
	if address, others := r.expects.spoken.pick(ctx, r.expects.named, found, quickAnswer); address != "" && address != ready.Address {
		r.process.report(Moved{Gen: ready.Gen, PID: r.process.pid(), Address: address, Others: others})
	}
}

// tryHTTP tells when what the proxy sends requests to answers no HTTP.
func (r *readiness) tryHTTP(ctx context.Context, ready Ready) {
	at := cmp.Or(ready.Instead, r.expects.firm, ready.Address)
	if r.expects.port == 0 || r.expects.http2 || ready.Via == "timeout" || at == "" || r.expects.spoken.known(at) == httpReply {
		return
	}
	reply := askHTTP(ctx, at, slowAnswer)
	if reply == hangUp { // it does not like what it is asked, or it is about to end
		select {
		case <-time.After(secondLook):
			reply = askHTTP(ctx, at, slowAnswer)
		case <-ctx.Done():
		}
	}
	r.expects.spoken.heard(at, reply)
	if reply != httpReply && reply != unreachable && !r.process.asked() {
		r.process.report(NotHTTP{Gen: ready.Gen, PID: r.process.pid(), Address: at, Others: ready.Others})
	}
}

// listening returns the addresses at which some processes listen, as ports does.
func listening(ctx context.Context, pids []int) []string { return ports(listeners(ctx, pids)) }

// listeningAt returns the addresses of a port at which some processes listen, and the
// addresses of other ports, as ports does.
func listeningAt(ctx context.Context, pids []int, port int) (at []psnet.Addr, others []string) {
	var there []psnet.Addr
	for _, l := range listeners(ctx, pids) {
		if l.Port == uint32(port) {
			at = append(at, l)
		} else {
			there = append(there, l)
		}
	}
	return at, ports(there)
}

// listeners are where some processes listen for TCP connections.
func listeners(ctx context.Context, pids []int) []psnet.Addr {
	var found []psnet.Addr
	for _, pid := range pids {
		found = append(found, listenersOf(ctx, pid)...)
	}
	return found
}
