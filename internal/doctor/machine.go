package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// Mount is where a directory lies.
type Mount struct {
	Point  string
	Type   string // "ext4"; empty: not known
	NoExec bool
}

// Watch is what came of watching the project once.
type Watch struct {
	Backend     string
	Dirs, Files int
	Err         error
}

// Limits are the system's; 0: not known, or none.
type Limits struct {
	Watches, WatchesUsed     int // of inotify, for all of the user's processes
	Instances, InstancesUsed int
	OpenFiles                int
}

// Place is a directory that hotreload writes to.
type Place struct {
	Dir   string
	Err   error // it cannot be written to
	Mount Mount
}

// remote are file systems on which changes are made behind the system's back.
var remote = []string{
	"nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "9p", "v9fs", "virtiofs", "vboxsf", "prl_fs", "vmhgfs", "fakeowner",
	"osxfs", "afs", "ceph", "glusterfs", "lustre", "webdav", "drvfs", "afpfs", "macfuse", "osxfuse", "fuse", "fuseblk", "nullfs",
}

const pollMend = "if saves are not seen, poll: set watch.poll to an interval such as \"500ms\""

func fileSystem(m Mount) Result {
	switch {
	case m.Type == "":
		return Result{"file system", OK, "not known, so events are relied on", ""}
	case m.Type == "overlay":
		return Result{"file system", Warning, fmt.Sprintf("%s at %s: changes made to it from outside the container are not reported", m.Type, m.Point), pollMend}
	case slices.Contains(remote, m.Type) || strings.HasPrefix(m.Type, "fuse."):
		return Result{"file system", Warning, fmt.Sprintf("%s at %s: changes made on its other side are not reported", m.Type, m.Point), pollMend}
	}
	return Result{"file system", OK, fmt.Sprintf("%s at %s", m.Type, m.Point), ""}
}

func watching(w Watch) Result {
	if w.Err != nil {
		return Result{"watching", Problem, oneLine(w.Err), ""}
	}
	return Result{"watching", OK, fmt.Sprintf("directories: %d, files: %d (%s)", w.Dirs, w.Files, w.Backend), ""}
}

// limits weighs what the project needs against what there is. Of inotify it
// asks for twice of that, as projects grow.
func limits(goos string, l Limits, w Watch) []Result {
	var results []Result
	if l.Watches > 0 {
		need := scarce("watches", "fs.inotify.max_user_watches", l.Watches, l.WatchesUsed, w.Dirs)
		results = append(results, need)
	}
	if l.Instances > 0 {
		results = append(results, scarce("instances", "fs.inotify.max_user_instances", l.Instances, l.InstancesUsed, 1))
	}
	if l.OpenFiles > 0 {
		results = append(results, openFiles(goos, l.OpenFiles, w))
	}
	return results
}

func scarce(check, key string, limit, used, need int) Result {
	text := fmt.Sprintf("%d more needed; %d of %d in use (%s)", need, used, limit, key)
	mend := fmt.Sprintf("sudo sysctl %s=%d; a file in /etc/sysctl.d keeps it", key, max(2*limit, 2*(used+need)))
	switch free := limit - used; {
	case free < need:
		return Result{check, Problem, text, mend}
	case free < 2*need:
		return Result{check, Warning, text, mend}
	}
	return Result{check, OK, text, ""}
}

// someFiles is what builds and the app's pipes need.
const someFiles = 256

func openFiles(goos string, limit int, w Watch) Result {
	need := someFiles
	switch goos {
	case "darwin", "freebsd", "openbsd", "netbsd", "dragonfly": // kqueue holds each file open
		need += w.Dirs + w.Files
	}
	text := fmt.Sprintf("%d may be open, %d are needed", limit, need)
	if limit < need {
		return Result{"open files", Problem, text, fmt.Sprintf("ulimit -n %d", 2*need)}
	}
	return Result{"open files", OK, text, ""}
}

func cache(p Place) Result {
	const mend = "set XDG_CACHE_HOME to a directory that can be written, on a file system that programs may be run from"
	switch {
	case p.Err != nil:
		return Result{"cache", Problem, oneLine(p.Err), mend}
	case p.Mount.NoExec:
		return Result{"cache", Problem, fmt.Sprintf("%s is on %s, from which no program may be run (noexec)", p.Dir, p.Mount.Point), mend}
	}
	return Result{"cache", OK, p.Dir, ""}
}
