package supervise

import (
	"bytes"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// subreaper: orphaned descendants become the supervisor's children.
const subreaper = true

func becomeSubreaper() {
	// Fails on kernels before 3.4 only, which Go does not run on.
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// commandAttributes put the command in a group of its own, and end it if its supervisor is
// killed.
func commandAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL}
}

// childless reports that the supervisor has no child, alive or unwaited, and so no
// descendant either.
func childless() bool {
	var info unix.Siginfo
	return unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil) == unix.ECHILD
}

// tree lists the living descendants of the supervisor. It reads /proc once: a process
// forked meanwhile is found by the next call.
func (s *supervisor) tree() []int { return tree(os.Getpid(), s.pid) }

// tree lists what lives of the tree of a supervisor's command.
func tree(supervisor, _ int) []int { return Descendants(supervisor) }

// Descendants lists the living descendants of a process, without itself.
func Descendants(root int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if ppid, ok := parent(pid); ok {
			children[ppid] = append(children[ppid], pid)
		}
	}
	var found []int
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		found = append(found, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
	}
	return found
}

// parent reads a living process's parent from /proc/PID/stat:
// "pid (name) state ppid …", where the name may hold spaces and brackets.
func parent(pid int) (ppid int, ok bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 || string(fields[0]) == "Z" {
		return 0, false
	}
	ppid, err = strconv.Atoi(string(fields[1]))
	return ppid, err == nil
}
