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
//
// The kernel says which children a process has, if it was built to. To ask all processes for their parents takes
// some milliseconds, which many apps on one machine would spend all at once. But what is asked one after the other
// does not fit together if a process ends meanwhile, and its children get another parent: then all are asked.
func Descendants(root int) []int {
	ended := map[int]bool{}
	for range quickLooks {
		w := walk{ended: map[int]bool{}}
		if !w.below(root) {
			break
		}
		if !w.isNews(ended) {
			return w.found
		}
		ended = w.ended
	}
	return scan(root)
}

// quickLooks is how often children are asked for before all processes are.
const quickLooks = 3

// walk goes from processes to their children.
type walk struct {
	found []int
	ended map[int]bool // processes and threads that had ended when they were looked at
}

// isNews reports whether something has ended since, as far as is known.
func (w *walk) isNews(since map[int]bool) bool {
	for id := range w.ended {
		if !since[id] {
			return true
		}
	}
	return false
}

// below walks below a process. It returns false if the kernel does not say which children it has.
func (w *walk) below(pid int) bool {
	dir := "/proc/" + strconv.Itoa(pid) + "/task"
	threads, err := os.ReadDir(dir)
	if err != nil {
		w.ended[pid] = true
		return true
	}
	for _, thread := range threads {
		text, err := os.ReadFile(dir + "/" + thread.Name() + "/children")
		if err != nil {
			id, bad := strconv.Atoi(thread.Name())
			if _, gone := os.Stat(dir + "/" + thread.Name()); bad != nil || gone == nil {
				return false
			}
			w.ended[id] = true
			continue
		}
		for _, name := range bytes.Fields(text) {
			child, err := strconv.Atoi(string(name))
			if err != nil {
				return false
			}
			if _, lives := parent(child); !lives {
				w.ended[child] = true
				continue
			}
			w.found = append(w.found, child)
			if !w.below(child) {
				return false
			}
		}
	}
	return true
}

// scan finds the descendants of a process among all processes.
func scan(root int) []int {
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
