package runner

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	psprocess "github.com/shirou/gopsutil/v4/process"

	"hotreload/internal/supervise"
)

// An app may replace itself: it starts its executable again, hands over its listener, and
// exits. The process that serves is the app, so the one that it has left takes its place: its
// port is the app's, orders go to it, and its crash is the version's. What else an app leaves
// behind when it exits is stopped.

// identity is who a process is. Run sets the PID, and its readiness where it listens.
type identity struct {
	process    atomic.Int64
	executable string // its path; with a wrapper, the one that this starts
	args       []string
	ready      atomic.Pointer[Ready] // as it was reported last
}

// newIdentity is that of an executable that runs.
func newIdentity(pid int, executable string, args []string) *identity {
	if path, err := filepath.EvalSymlinks(executable); err == nil {
		executable = path
	}
	i := &identity{executable: executable, args: args}
	i.process.Store(int64(pid))
	return i
}

// pid is the app's process ID, or that of its wrapper.
func (p *process) pid() int { return int(p.identity.process.Load()) }

// tree are the living processes of the app, parents before their children.
func (p *process) tree() []int { return p.supervised.Tree() }

// replaced is the report that a descendant has taken the place of a process that has exited.
type replaced struct {
	pid   int
	ready *Ready // nil: it is not known to be ready
}

// successor waits for one of the processes that the app has left to show that it is the app
// now. 0: none is.
func (p *process) successor(ctx context.Context) (pid int) {
	began := time.Now()
	for pause := firstProbe; ; pause = min(pause*3/2, maxProbe) {
		var wait time.Duration
		for _, pid := range p.tree() {
			takesPlace, may := p.judge(ctx, pid)
			if takesPlace {
				return pid
			}
			wait = max(wait, may)
		}
		if time.Since(began) >= wait {
			return 0
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done(): // it is to end
			return 0
		}
	}
}

// judge reports whether a process that the app has left serves in its place, and if not, how
// long it may take until it does.
func (p *process) judge(ctx context.Context, pid int) (takesPlace bool, wait time.Duration) {
	same, again := p.identity.runs(ctx, pid)
	ours := p.ports()
	switch at := listening(ctx, []int{pid}); {
	case slices.ContainsFunc(at, func(a string) bool { return slices.Contains(ours, portOf(a)) }):
		// Of other programs, a helper may have inherited what we passed to the app.
		return same || !p.shares(), 0
	case !same:
		return false, 0
	case again || len(ours) == 0: // it may have a port that the system chose
		if len(at) > 0 || listensOnUnix([]int{pid}) {
			return true, 0
		}
	}
	if again {
		return false, p.patience.again
	}
	return false, p.patience.relative
}

// runs reports whether a process runs the app's executable, and whether with its arguments.
func (i *identity) runs(ctx context.Context, pid int) (same, again bool) {
	other, err := psprocess.NewProcessWithContext(ctx, int32(pid))
	if err != nil {
		return false, false // it has ended
	}
	path, err := other.ExeWithContext(ctx)
	if err != nil || strings.TrimSuffix(path, " (deleted)") != i.executable { // a newer version may have its path
		return false, false
	}
	words, err := other.CmdlineSliceWithContext(ctx)
	return true, err == nil && len(words) > 0 && slices.Equal(words[1:], i.args)
}

// ports are those at which clients find the app, as far as is known.
func (p *process) ports() []int {
	var ports []int
	for _, at := range addresses(p) {
		ports = append(ports, portOf(at.String()))
	}
	if ready := p.identity.ready.Load(); ready != nil {
		ports = append(ports, portOf(ready.Address))
	}
	return slices.DeleteFunc(ports, func(port int) bool { return port == 0 })
}

// nowServes is how the process serves after another one has taken its place; nil: it has not
// been ready before.
func (p *process) nowServes(ctx context.Context, pid int) *Ready {
	before := p.identity.ready.Load()
	if before == nil {
		return nil
	}
	now := Ready{Gen: p.gen, PID: pid, Via: "port", Address: before.Address, Others: before.Others, Shared: before.Shared}
	if other, err := psprocess.NewProcessWithContext(ctx, int32(pid)); err == nil {
		if ms, err := other.CreateTimeWithContext(ctx); err == nil {
			now.Took = max(time.Since(time.UnixMilli(ms)), 0)
		}
	}
	at := listening(ctx, []int{pid})
	here := func(a string) bool { return portOf(a) == portOf(before.Address) }
	switch {
	case before.Shared || slices.ContainsFunc(at, here):
	case len(at) == 0:
		now.Via, now.Address, now.Others = "unix", "", nil
	default:
		now.Address, now.Others = newSpoken().pick(ctx, 0, at, quickAnswer)
	}
	return &now
}

// live waits for the process to end, and for each that takes its place. It returns how the
// last one did, and how long that has run.
func (p *process) live() (exit supervise.Exit, ran time.Duration) {
	began := p.started
	for {
		exit = p.supervised.Wait()
		pid := 0
		if exit.Held {
			pid = p.successor(p.life)
		}
		if pid == 0 {
			return exit, time.Since(began)
		}
		began = time.Now()
		p.supervised.Adopt(pid)
		p.report(replaced{pid, p.nowServes(p.life, pid)})
	}
}

// replace takes in that another process has taken the place of one.
func (s *succession) replace(p *process, r replaced) {
	was := p.pid()
	p.identity.process.Store(int64(r.pid))
	before := p.identity.ready.Load()
	if r.ready == nil && before != nil { // it became ready at the same moment
		same := *before
		r.ready = &same
	}
	if now := r.ready; now != nil {
		now.PID, now.Swap, now.Tunables = r.pid, nil, nil
		if p.desk != nil {
			now.Tunables = p.desk.Tunings()
		}
		p.identity.ready.Store(now)
		if i := s.find(p); i == s.serving && now.Address != before.Address {
			s.switchTo(i, *now)
		}
	}
	s.events <- Replaced{Gen: p.gen, PID: r.pid, Was: was, Ready: r.ready}
}

// moved notes where clients find the process.
func (i *identity) moved(m Moved) {
	if before := i.ready.Load(); before != nil {
		now := *before
		now.Address, now.Others = m.Address, m.Others
		i.ready.Store(&now)
	}
}
