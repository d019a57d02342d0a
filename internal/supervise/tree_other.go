//go:build unix && !linux

package supervise

import (
	"os"
	"slices"
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

// tree lists what the command has left, or has beside itself.
func (s *supervisor) tree() []int {
	all := tree(os.Getpid(), s.pid)
	return slices.DeleteFunc(all, func(pid int) bool { return pid == s.pid })
}

// tree lists the command, its living descendants, and the members of its group
// whose parents are gone.
func tree(_, command int) []int {
	found := append([]int{command}, Descendants(command)...)
	pids, err := process.Pids()
	if err != nil {
		return found
	}
	for _, pid := range pids {
		if group, err := unix.Getpgid(int(pid)); err == nil && group == command && int(pid) != command {
			found = append(found, int(pid))
		}
	}
	return found
}
