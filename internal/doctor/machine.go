package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// Mount is the mount that a directory is on.
type Mount struct {
	Point  string
	Type   string // "ext4"; empty if unknown
	NoExec bool
}

// Watch is the result of watching the project once.
type Watch struct {
	Backend     string
	Dirs, Files int
	Err         error
}

// Limits are the system's; 0 means unknown or unlimited.
type Limits struct {
	Watches, WatchesUsed     int // of inotify, for all of the user's processes
	Instances, InstancesUsed int
	OpenFiles                int
}

// Place is a directory that builds write to.
type Place struct {
	Dir   string
	Err   error // why it cannot be written to
	Mount Mount

	Total, Free uint64 // bytes of its disk; a total of 0: unknown
}

// someSpace is what a build of an app of some size writes.
const someSpace = 64 << 20

// full is the problem of a disk without enough space, and whether it exists.
func (p Place) full(check, variable string) (Result, bool) {
	text := fmt.Sprintf("the disk of %s is full: %d MB are free, and a build needs some %d MB", p.Dir, p.Free>>20, someSpace>>20)
	fix := fmt.Sprintf("free some space, for instance with `go clean -cache`, or set %s to a directory on another one", variable)
	return Result{check, Problem, text, fix}, p.Err == nil && p.Total > 0 && p.Free < someSpace
}

// remote are file systems that change without the system's knowledge.
var remote = []string{
	"nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "9p", "v9fs", "virtiofs", "vboxsf", "prl_fs", "vmhgfs", "fakeowner",
	"osxfs", "afs", "ceph", "glusterfs", "lustre", "webdav", "drvfs", "afpfs", "macfuse", "osxfuse", "fuse", "fuseblk", "nullfs",
}

const pollFix = "if saves are not seen, poll: set watch.poll to an interval such as \"500ms\""

func fileSystem(m Mount) Result {
	switch {
	case m.Type == "":
		return Result{"file system", OK, "unknown; relying on file events", ""}
	case m.Type == "overlay":
		return Result{"file system", Warning, fmt.Sprintf("%s at %s: changes made to it from outside the container are not reported", m.Type, m.Point), pollFix}
	case slices.Contains(remote, m.Type) || strings.HasPrefix(m.Type, "fuse."):
		return Result{"file system", Warning, fmt.Sprintf("%s at %s: changes made elsewhere are not reported", m.Type, m.Point), pollFix}
	}
	return Result{"file system", OK, fmt.Sprintf("%s at %s", m.Type, m.Point), ""}
}

func watching(w Watch) Result {
	if w.Err != nil {
		return Result{"watching", Problem, oneLine(w.Err), ""}
	}
	return Result{"watching", OK, fmt.Sprintf("directories: %d, files: %d (%s)", w.Dirs, w.Files, w.Backend), ""}
}

// limits compares what the project needs with what there is. Of inotify it asks for
// twice as much, because projects grow.
func limits(goos string, l Limits, w Watch) []Result {
	var results []Result
	if l.Watches > 0 {
		results = append(results, inotifyLimit("watches", "fs.inotify.max_user_watches", l.Watches, l.WatchesUsed, w.Dirs))
	}
	if l.Instances > 0 {
		results = append(results, inotifyLimit("instances", "fs.inotify.max_user_instances", l.Instances, l.InstancesUsed, 1))
	}
	if l.OpenFiles > 0 {
		results = append(results, openFiles(goos, l.OpenFiles, w))
	}
	return results
}

func inotifyLimit(check, key string, limit, used, need int) Result {
	text := fmt.Sprintf("%d more needed; %d of %d in use (%s)", need, used, limit, key)
	fix := fmt.Sprintf("sudo sysctl %s=%d; to make it permanent, put it in a file in /etc/sysctl.d", key, max(2*limit, 2*(used+need)))
	switch free := limit - used; {
	case free < need:
		return Result{check, Problem, text, fix}
	case free < 2*need:
		return Result{check, Warning, text, fix}
	}
	return Result{check, OK, text, ""}
}

// someFiles is how many open files builds and the app's pipes need.
const someFiles = 256

func openFiles(goos string, limit int, w Watch) Result {
	need := someFiles
	switch goos {
	case "darwin", "freebsd", "openbsd", "netbsd", "dragonfly": // kqueue keeps each file open
		need += w.Dirs + w.Files
	}
	text := fmt.Sprintf("%d may be open, %d are needed", limit, need)
	if limit < need {
		return Result{"open files", Problem, text, fmt.Sprintf("ulimit -n %d", 2*need)}
	}
	return Result{"open files", OK, text, ""}
}

// goCache judges the go command's cache. That it is missing is usual, and says nothing.
func goCache(p Place) []Result {
	if result, full := p.full("go cache", "GOCACHE"); full {
		return []Result{result}
	}
	return nil
}

func cache(p Place) Result {
	const fix = "set XDG_CACHE_HOME to a writable directory on a file system that programs can run from"
	switch {
	case p.Err != nil:
		return Result{"cache", Problem, oneLine(p.Err), fix}
	case p.Mount.NoExec:
		return Result{"cache", Problem, fmt.Sprintf("%s is on %s, which is mounted noexec: programs cannot run from it", p.Dir, p.Mount.Point), fix}
	}
	if result, full := p.full("cache", "XDG_CACHE_HOME"); full {
		return result
	}
	return Result{"cache", OK, p.Dir, ""}
}
