//go:build unix

package supervise

import "golang.org/x/sys/unix"

// vacancy is the time after the command has ended by itself in which the tool may put one of
// its descendants in its place.
type vacancy struct {
	held  bool
	ended []child // since it began
}

// adopt puts a descendant in the place of the command, though it may have ended by now.
func (s *supervisor) adopt(pid int) {
	if !s.vacancy.held {
		return
	}
	ended := s.vacancy.ended
	s.vacancy = vacancy{}
	s.pid, s.exited, s.left = pid, false, 0
	for _, c := range ended {
		if c.pid == pid {
			c.last = false
			s.reap(c)
			return
		}
	}
	if group, err := unix.Getpgid(pid); err == nil {
		s.group = group
	}
}

// leaveVacant stops what the command has left, none of which takes its place.
func (s *supervisor) leaveVacant() {
	if s.vacancy.held && !s.asked && !s.killing {
		s.stop(s.spec.Grace)
	}
	s.vacancy = vacancy{}
}
