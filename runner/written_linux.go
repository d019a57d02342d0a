package runner

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Written is how many bytes of files a process and its descendants have changed since they
// started, in whole pages: what goes to sockets, pipes and terminals is not counted. A page
// that was changed before and is not yet on the disk does not count again.
func Written(pid int) (n int64, known bool) {
	io, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(io) {
		if value, ok := bytes.CutPrefix(line, []byte("write_bytes: ")); ok {
			n, err = strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
			known = err == nil
		}
	}
	for _, child := range children(pid) {
		more, _ := Written(child)
		n += more
	}
	return n, known
}

// children are a process's, as far as the kernel lists them.
func children(pid int) (found []int) {
	threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, thread := range threads {
		list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, thread.Name()))
		for _, field := range bytes.Fields(list) {
			if child, err := strconv.Atoi(string(field)); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}

// CountsWrites reports whether Written counts what changes in a file. A file system that
// keeps nothing on a disk, or writes to a server, does not have it counted.
func CountsWrites(path string) bool {
	var fs unix.Statfs_t
	if unix.Statfs(path, &fs) != nil {
		return false
	}
	switch uint32(fs.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.OVERLAYFS_SUPER_MAGIC:
		return true
	}
	return false
}
