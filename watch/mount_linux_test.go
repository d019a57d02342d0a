package watch

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestRemoteType(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		magic uint32
		mount string
		want  string
	}{
		{unix.EXT4_SUPER_MAGIC, "ext4", ""},
		{unix.TMPFS_MAGIC, "tmpfs", ""},
		{unix.OVERLAYFS_SUPER_MAGIC, "overlay", ""},
		{unix.V9FS_MAGIC, "9p", "9p"},
		{unix.NFS_SUPER_MAGIC, "nfs4", "NFS"},
		{unix.SMB2_SUPER_MAGIC, "cifs", "SMB"},
		{unix.FUSE_SUPER_MAGIC, "fuse.sshfs", "fuse.sshfs"},
		{unix.FUSE_SUPER_MAGIC, "virtiofs", "virtiofs"},
		{unix.FUSE_SUPER_MAGIC, "fuse.gocryptfs", ""},
		{unix.FUSE_SUPER_MAGIC, "fuseblk", ""},
	} {
		if got := remoteType(test.magic, func() string { return test.mount }); got != test.want {
			t.Errorf("%s is remote as %q, want %q", test.mount, got, test.want)
		}
	}
}

func TestTypeOf(t *testing.T) {
	t.Parallel()
	const mounts = `24 1 254:0 / / rw,relatime - ext4 /dev/vda rw
93 24 0:48 / /mnt/far\040away rw,nosuid shared:1 - fuse.sshfs host:/ rw
94 24 0:49 / /work rw - virtiofs work rw
`
	for device, want := range map[string]string{"254:0": "ext4", "0:48": "fuse.sshfs", "0:49": "virtiofs", "0:4": "fuse"} {
		if got := typeOf(mounts, device); got != want {
			t.Errorf("the type of %s is %s, want %s", device, got, want)
		}
	}
}
