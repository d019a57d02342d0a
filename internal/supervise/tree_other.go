//go:build unix && !linux

package supervise

import (
	"syscall"

	"github.com/shirou/gopsutil/v4/process"
	"golang.org/x/sys/unix"
)

// subreaper: orphans go to init, so what left the group before its parent died
// is out of reach.
const subreaper = false

func becomeSubreaper() {}

func commandAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// childless: orphans are init's children here, so there is no way to tell.
func childless() bool { return false }

// tree lists the command's living descendants, and the members of its group
// whose parents are gone.
func (s *supervisor) tree() []int {
	found := Descendants(s.pid)
	pids, err := process.Pids()
	if err != nil {
		return found
	}
	for _, pid := range pids {
		if group, err := unix.Getpgid(int(pid)); err == nil && group == s.pid && int(pid) != s.pid {
			found = append(found, int(pid))
		}
	}
	return found
}
