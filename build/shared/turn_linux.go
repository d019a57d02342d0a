package shared

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// takeTurn lets one session at a time make libraries in a directory. It reports false if
// another one does. The end of the process, however it comes, ends its turn.
func takeTurn(dir string) (end func(), mine bool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, err
	}
	file, err := os.OpenFile(filepath.Join(dir, turnFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err == nil {
		return func() { file.Close() }, true, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, false, nil
	}
	return nil, false, err
}

// freeSpace is how many bytes are free where a directory is or will be.
func freeSpace(dir string) (float64, error) {
	for {
		var s syscall.Statfs_t
		err := syscall.Statfs(dir, &s)
		if up := filepath.Dir(dir); errors.Is(err, syscall.ENOENT) && up != dir {
			dir = up
			continue
		}
		return float64(s.Bavail) * float64(s.Bsize), err
	}
}
