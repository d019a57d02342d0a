//go:build unix

package supervise

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// app is an app that the command starts. Where it cannot be told from other processes of
// the tree, as on systems without /proc, it is never found.
type app struct {
	file os.FileInfo  // its executable; nil: the command itself is the app
	told map[int]bool // processes that got the stop signal
}

func findApp(path string) app {
	a := app{told: map[int]bool{}}
	if path != "" {
		a.file, _ = os.Stat(path) // nil: it cannot be told
	}
	return a
}

// stop sends a signal to the app and its descendants, among the processes of a tree. It
// reports whether the app is there.
func (a *app) stop(tree []int, sig syscall.Signal) (found bool) {
	if a.file == nil {
		return false
	}
	for _, pid := range tree {
		running, err := os.Stat("/proc/" + strconv.Itoa(pid) + "/exe")
		if err != nil || !os.SameFile(running, a.file) {
			continue
		}
		found = true
		for _, one := range append([]int{pid}, Descendants(pid)...) {
			if !a.told[one] {
				a.told[one] = true
				_ = unix.Kill(one, sig)
			}
		}
	}
	return found
}
