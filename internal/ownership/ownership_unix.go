//go:build unix

package ownership

import (
	"fmt"
	"io/fs"
	"os"
	osuser "os/user"
	"strconv"
	"syscall"
)

// self is the user that this process acts as.
func self() user {
	u := user{uid: os.Geteuid(), sudo: -1}
	if sudo, err := strconv.Atoi(os.Getenv("SUDO_UID")); err == nil {
		u.sudo = sudo
	}
	return u
}

func ownedOf(info fs.FileInfo) owned {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return owned{uid: os.Geteuid(), mode: info.Mode()}
	}
	return owned{uid: int(stat.Uid), mode: info.Mode()}
}

// name is how to call a user.
func name(uid int) string {
	if known, err := osuser.LookupId(strconv.Itoa(uid)); err == nil {
		return fmt.Sprintf("user %s (%d)", known.Username, uid)
	}
	return fmt.Sprintf("user %d", uid)
}
