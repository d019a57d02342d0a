package control

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/gofrs/flock"
)

// maxSocketPath is what fits into a sockaddr_un on every system.
const maxSocketPath = 100

// find connects to the session that runs for dir or for a directory above it, and
// returns its lock, too. It does not try the lock: a session that starts at that
// moment would take us for another session. A session that hangs may not even take a connection.
func find(dir string, patience time.Duration) (net.Conn, *flock.Flock, error) {
	for at := dir; ; at = filepath.Dir(at) {
		base, err := place(at)
		if err != nil {
			return nil, nil, err
		}
		conn, err := net.DialTimeout("unix", base+".sock", patience)
		switch {
		case err == nil:
			return conn, flock.New(base+".lock", flock.SetFlag(os.O_RDONLY)), nil // does not create it
		case isBusy(err):
			return nil, nil, fmt.Errorf("the session in %s takes no more questions; it hangs", at)
		} // else there is none: the socket of a killed session exists, but refuses connections
		if at == filepath.Dir(at) {
			return nil, nil, fmt.Errorf("no session is running in %s; start one with `hotreload`", dir)
		}
	}
}

// place returns the path of the files of a project's session, without their
// extensions.
func place(root string) (string, error) {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	sum := sha256.Sum256([]byte(root))
	name := hex.EncodeToString(sum[:8])
	dir, err := shortEnough(name)
	if err != nil {
		return "", err
	}
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
		return "", notOwned(dir, "XDG_RUNTIME_DIR")
	}
	if err := Private(dir, "XDG_RUNTIME_DIR"); err != nil {
		return "", err
	}
	return filepath.Join(dir, name), nil
}

// shortEnough returns the directory for the files of all sessions: one in which the paths
// of sockets are not too long for the system.
func shortEnough(name string) (string, error) {
	var dirs []string
	run := os.Getenv("XDG_RUNTIME_DIR")
	// It may be from an earlier login or, under sudo, another user's.
	if info, err := os.Stat(run); err == nil && filepath.IsAbs(run) && ownedByUs(info) {
		dirs = append(dirs, filepath.Join(run, "hotreload"))
	}
	ours := "hotreload-" + strconv.Itoa(os.Getuid())
	dirs = append(dirs, filepath.Join(os.TempDir(), ours))
	if runtime.GOOS != "windows" { // TMPDIR may lie deep, such as in the workspace of a build server
		dirs = append(dirs, filepath.Join("/tmp", ours))
	}
	for _, dir := range dirs {
		if len(filepath.Join(dir, name))+len(".apps/0000.sock") < maxSocketPath {
			return dir, nil
		}
	}
	return "", fmt.Errorf("%s is too long a path for sockets; set TMP to a shorter one", os.TempDir())
}

// Private creates a directory that only the user can enter, or makes sure that it is one: in
// one of another user, that user could replace what we start. It may be a link, if that is
// the user's own. variable is what the user can set to have another directory.
func Private(dir, variable string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create a private directory: %w; set %s to a directory that you own", err, variable)
	}
	at, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || !ownedByUs(at) || !ownedByUs(info) {
		return notOwned(dir, variable)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return os.Chmod(dir, 0o700)
	}
	return nil
}

func notOwned(dir, variable string) error {
	return fmt.Errorf("%s is not a directory that you own; remove it, or set %s", dir, variable)
}
