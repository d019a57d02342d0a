package doctor

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ReadLimits reads the limits of inotify, how much of them the user's processes use,
// and the limit of open files.
func ReadLimits() Limits {
	l := Limits{
		Watches:   number("/proc/sys/fs/inotify/max_user_watches"),
		Instances: number("/proc/sys/fs/inotify/max_user_instances"),
		OpenFiles: openFilesLimit(),
	}
	// Other users' processes count separately, and their links cannot be read.
	files, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return l
	}
	for _, file := range files {
		if to, err := os.Readlink(file); err != nil || to != "anon_inode:inotify" || !ours(file) {
			continue
		}
		l.InstancesUsed++
		info, _ := os.ReadFile(strings.Replace(file, "/fd/", "/fdinfo/", 1)) // the process may have ended
		l.WatchesUsed += bytes.Count(info, []byte("inotify wd:"))
	}
	return l
}

// ours reports whether a process belongs to this user, given one of its files.
func ours(file string) bool {
	var stat unix.Stat_t
	err := unix.Stat(filepath.Dir(filepath.Dir(file)), &stat)
	return err == nil && int(stat.Uid) == os.Getuid()
}

func number(file string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return n
}
