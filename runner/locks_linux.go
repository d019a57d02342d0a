package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// heldLocks are the files that one of the processes has locked for itself alone, by what tells them apart.
func heldLocks(pids []int) map[fileID]string {
	text, err := os.ReadFile("/proc/locks")
	if err != nil {
		return nil
	}
	locked := map[uint64]string{} // the device, by inode
	for line := range strings.Lines(string(text)) {
		// 1: FLOCK  ADVISORY  WRITE 4711 fe:00:9977989 0 EOF
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[1] == "->" || fields[1] == "LEASE" || fields[1] == "DELEG" || fields[3] != "WRITE" {
			continue
		}
		pid, err := strconv.Atoi(fields[4])
		// A lock of an open file belongs to no process (-1), or to one that has ended.
		if err != nil || pid > 0 && !slices.Contains(pids, pid) && syscall.Kill(pid, 0) == nil {
			continue
		}
		at := strings.LastIndex(fields[5], ":")
		if inode, err := strconv.ParseUint(fields[5][at+1:], 10, 64); at > 0 && err == nil {
			locked[inode] = fields[5][:at]
		}
	}
	if len(locked) == 0 {
		return nil
	}
	ours := map[fileID]bool{} // such as a lock that hotreload was started under: the app inherits it
	if self := os.Getpid(); !slices.Contains(pids, self) {
		for _, file := range openFiles([]int{self}) {
			ours[file.id] = true
		}
	}
	held := map[fileID]string{}
	for _, file := range openFiles(pids) {
		if ours[file.id] {
			continue
		}
		device := fmt.Sprintf("%02x:%02x", unix.Major(file.id.device), unix.Minor(file.id.device))
		// Some file systems have a device of their own for each subvolume.
		if on, ok := locked[file.id.inode]; ok && (on == device || file.regular && unix.Major(file.id.device) == 0) {
			held[file.id] = file.path
		}
	}
	return held
}

// openFiles are the regular files and devices that the processes have open.
func openFiles(pids []int) []openFile {
	var all []openFile
	for _, pid := range pids {
		dir := fmt.Sprintf("/proc/%d/fd", pid)
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // it has ended
		}
		for _, entry := range entries {
			name := filepath.Join(dir, entry.Name())
			path, err := os.Readlink(name)
			if err != nil || !filepath.IsAbs(path) { // a socket or a pipe
				continue
			}
			if info, err := os.Stat(name); err == nil {
				if stat, ok := info.Sys().(*syscall.Stat_t); ok {
					all = append(all, openFile{fileID{uint64(stat.Dev), stat.Ino}, path, info.Mode().IsRegular() || info.IsDir()})
				}
			}
		}
	}
	return all
}
