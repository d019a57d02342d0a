//go:build linux || darwin

package build

import (
	"strings"

	"golang.org/x/sys/unix"
)

// readExtended reads a file's extended attributes.
func readExtended(path string) map[string]string {
	size, err := unix.Listxattr(path, nil)
	if err != nil || size == 0 {
		return nil
	}
	names := make([]byte, size)
	if size, err = unix.Listxattr(path, names); err != nil {
		return nil
	}
	all := map[string]string{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names[:size]), "\x00"), "\x00") {
		size, err := unix.Getxattr(path, name, nil)
		if err != nil {
			continue
		}
		value := make([]byte, size)
		if size, err = unix.Getxattr(path, name, value); err == nil {
			all[name] = string(value[:size])
		}
	}
	return all
}

func giveExtended(path string, all map[string]string) {
	for name, value := range all {
		_ = unix.Setxattr(path, name, []byte(value), 0) // not all of them are the user's to give
	}
}
