package runner

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
)

// rollBack starts the version before again, with the state that there was for the crashed one.
func (s *succession) rollBack(crashed *instance, e Exited, back Request, l legacy) {
	var served time.Duration
	if crashed.up {
		served = time.Since(s.probation.since)
	}
	e.Rollback = true
	s.traffic.hold()
	s.events <- e
	s.restore(RolledBack{
		Gen: crashed.request.Gen, Strategy: crashed.request.Strategy, Served: served, Reason: e.ending(),
	}, back, l)
}

// restore starts the version before again.
func (s *succession) restore(told RolledBack, back Request, l legacy) {
	s.probation.previous, s.probation.over = nil, nil
	told.Artifact, told.To = back.Artifact, back.Gen
	s.events <- told
	s.traffic.hold()
	s.serving = s.start(back, nil, l)
}

// ending says how a process ended.
func (e Exited) ending() string {
	switch {
	case e.Hint != "":
		return e.Hint
	case e.Signal != "":
		return "it was killed by " + e.Signal
	}
	return fmt.Sprintf("it exited with status %d", e.Code)
}

// tryAlone asks for a version that failed beside the one that serves to be run once that
// has stopped, if there is a sign that it needs what that has, and nothing else was asked for.
func (s *succession) tryAlone(ended *instance, e *Exited) {
	if s.wants() {
		return
	}
	r := ended.request
	hint := s.clash(*e, ended.from.process.tree())
	switch what := ""; {
	case hint != "" && r.Strategy != Proxy:
		r.Strategy = Restart // the app opens its port by itself
	case hint != "":
	default:
		if what = s.exclusive(ended, *e); what == "" {
			return
		}
		hint = "it cannot run beside the previous version (" + what + "); it is started again when that has stopped"
		e.Exclusive = what
	}
	r.Proxied.Alone = true
	s.asked.want = &r
	e.Again, e.Hint = true, hint
}

// clash says that a process crashed because it wanted an address that is taken by the
// version before it. Either hotreload holds the address, and this version, unlike the
// previous one, does not ask for it; or the previous process opened it. Empty: neither.
func (s *succession) clash(e Exited, before []int) string {
	for line := range strings.Lines(e.LastWords) {
		if !inUse.MatchString(line) {
			continue
		}
		if port := portNear(line); port != 0 && s.launcher.sockets.Holds(port) {
			return "it opened a port that hotreload holds for the previous version; it is started again when that has stopped"
		}
		if what := s.heldBy(before, line); what != "" {
			return fmt.Sprintf("it opened %s, which the previous version uses; it is started again when that has stopped", what)
		}
	}
	return ""
}

// heldBy finds what a line says to be in use among the sockets of some processes. Empty: it is not there.
func (s *succession) heldBy(pids []int, line string) string {
	port := portNear(line)
	kind := "inet"
	if port == 0 {
		kind = "unix"
	}
	for _, pid := range pids {
		sockets, _ := psnet.ConnectionsPidWithContext(s.ctx, kind, int32(pid)) // an error: it ended
		for _, s := range sockets {
			switch path := s.Laddr.IP; {
			case port == 0 && path != "" && strings.Contains(line, path):
				return path
			case port != 0 && s.Laddr.Port == uint32(port) && (s.Status == "LISTEN" || s.Type == syscall.SOCK_DGRAM):
				return fmt.Sprint("port ", port)
			}
		}
	}
	return ""
}
