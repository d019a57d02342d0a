package watch

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// remoteFS names the file system of a directory if files on it are changed by
// other machines, of which inotify never tells; otherwise it is "". A trial by
// writing a file would not find that out: our own changes always are told.
func remoteFS(dir string) string {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return ""
	}
	return remoteType(uint32(s.Type), func() string { return mountType(dir) })
}

// remoteType judges by the magic number of a file system. FUSE is many things:
// its mount tells which.
func remoteType(magic uint32, mount func() string) string {
	switch magic {
	case unix.V9FS_MAGIC:
		return "9p"
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "SMB"
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		return "AFS"
	case unix.CODA_SUPER_MAGIC:
		return "Coda"
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph"
	case 0x786f4256:
		return "vboxsf"
	case unix.FUSE_SUPER_MAGIC:
		if name := mount(); !slices.Contains(localFUSE(), name) {
			return name
		}
	}
	return ""
}

// localFUSE are those whose files change through this machine's own mount.
func localFUSE() []string {
	return []string{
		"fuseblk", "fuse.ntfs-3g", "fuse.exfat", "fuse.fuse-overlayfs", "fuse.mergerfs", "fuse.bindfs", "fuse.unionfs",
		"fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.apfs", "fuse.squashfuse", "fuse.lklfuse", "fuse.zfs",
	}
}

// mountType is the type of the mount that a directory lies on.
func mountType(dir string) string {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "fuse"
	}
	var s unix.Stat_t
	if err := unix.Stat(dir, &s); err != nil {
		return "fuse"
	}
	device := strconv.Itoa(int(unix.Major(s.Dev))) + ":" + strconv.Itoa(int(unix.Minor(s.Dev)))
	return typeOf(string(text), device)
}

// typeOf finds the type of a device's mount in /proc/self/mountinfo.
func typeOf(mounts, device string) string {
	for line := range strings.Lines(mounts) {
		fields, rest, _ := strings.Cut(line, " - ")
		if f := strings.Fields(fields); len(f) < 3 || f[2] != device {
			continue
		}
		if f := strings.Fields(rest); len(f) > 0 {
			return f[0]
		}
	}
	return "fuse"
}
