package control

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gofrs/flock"
)

// maxSocketPath is what fits into a sockaddr_un on every system.
const maxSocketPath = 100

const (
	// lockPatience is how long to wait for a lock whose holder does not answer.
	lockPatience = 2 * time.Second
	// lockAgain is the pause between two tries.
	lockAgain = 20 * time.Millisecond
)

// Claim is the right to run the one session of a project: a lock, which the system releases
// however this program ends, and the socket.
type Claim struct {
	Socket     string
	Apps       string // a directory for the sockets of the app's processes
	AfterCrash bool   // an earlier session was killed and did not clean up

	listener net.Listener
	lock     *flock.Flock
	file     string
}

// TakenError says that a session runs in the project already.
type TakenError struct {
	Root string
	PID  int // 0 when it is not known yet
}

func (e *TakenError) Error() string {
	who := ""
	if e.PID != 0 {
		who = fmt.Sprintf(", as process %d", e.PID)
	}
	return fmt.Sprintf("a session runs in %s already%s; talk to it with `hotreload send`, or end it with `hotreload send quit`", e.Root, who)
}

// holder is what the file beside the lock says of the session that holds it.
type holder struct {
	PID  int    `json:"pid"`
	Root string `json:"root"`
}

// New claims the project at root, an absolute path. When another session has
// it, the error is a *TakenError.
func New(root string) (*Claim, error) {
	base, err := place(root)
	if err != nil {
		return nil, err
	}
	c := &Claim{Socket: base + ".sock", Apps: base + ".apps", file: base + ".json"}
	c.lock, err = awaitLock(base+".lock", c.Socket)
	if err != nil {
		return nil, fmt.Errorf("lock the project: %w", err)
	}
	if c.lock == nil {
		var h holder
		if text, err := os.ReadFile(c.file); err == nil {
			_ = json.Unmarshal(text, &h) // half written: then its PID is unknown
		}
		return nil, &TakenError{Root: root, PID: h.PID}
	}
	if err := c.listen(root); err != nil {
		unlock(c.lock)
		return nil, err
	}
	return c, nil
}

// awaitLock takes the lock of a file, or returns nil if a session has it. If a session is
// killed just as it starts a process, that process has the lock until it executes.
func awaitLock(path, socket string) (*flock.Flock, error) {
	for until := time.Now().Add(lockPatience); ; time.Sleep(lockAgain) {
		l, err := lock(path)
		if l != nil || err != nil || time.Now().After(until) {
			return l, err
		}
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			return nil, nil
		}
	}
}

// lock takes the lock of a file, or returns nil if it is taken. Its last holder may have
// removed the file: a lock on a file that is no longer at its path does not count.
func lock(path string) (*flock.Flock, error) {
	for {
		l := flock.New(path)
		free, err := l.TryLock()
		if err != nil || !free {
			return nil, err
		}
		if isAt(l, path) {
			return l, nil
		}
		_ = l.Unlock()
	}
}

// isAt reports whether the file that is locked is the one at a path.
func isAt(l *flock.Flock, path string) bool {
	locked, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(locked, there)
}

// unlock removes the file of a lock while it is still locked, and releases it. Windows does
// not remove open files: there it stays.
func unlock(l *flock.Flock) {
	_ = os.Remove(l.Path())
	_ = l.Unlock()
}

func (c *Claim) listen(root string) error {
	text, err := json.Marshal(holder{os.Getpid(), root})
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.file, text, 0o600); err != nil {
		return fmt.Errorf("claim the project: %w", err)
	}
	_, err = os.Stat(c.Apps)
	c.AfterCrash = err == nil
	if err := os.RemoveAll(c.Apps); err != nil {
		return fmt.Errorf("remove an earlier session's sockets: %w", err)
	}
	if err := os.Mkdir(c.Apps, 0o700); err != nil {
		return fmt.Errorf("make a directory for the app's sockets: %w", err)
	}
	if err := os.Remove(c.Socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove an earlier session's socket: %w", err)
	}
	c.listener, err = net.Listen("unix", c.Socket)
	if err != nil {
		return fmt.Errorf("open the control socket: %w", err)
	}
	if err := os.Chmod(c.Socket, 0o600); err != nil {
		c.listener.Close()
		return err
	}
	return nil
}

// Close releases the project. Serve must have returned, or never been called.
func (c *Claim) Close() {
	_ = c.listener.Close()
	_ = os.Remove(c.file)
	_ = os.RemoveAll(c.Apps)
	unlock(c.lock)
}

// find connects to the session that runs for dir or a directory above it. It returns that
// session's lock, too, but does not try it: a session that starts at that moment would take
// us for another one.
func find(dir string) (net.Conn, *flock.Flock, error) {
	for at := dir; ; at = filepath.Dir(at) {
		base, err := place(at)
		if err != nil {
			return nil, nil, err
		}
		// The socket of a killed session is there, but refuses connections.
		if conn, err := net.Dial("unix", base+".sock"); err == nil {
			return conn, flock.New(base+".lock", flock.SetFlag(os.O_RDONLY)), nil // it does not create the file
		}
		if at == filepath.Dir(at) {
			return nil, nil, fmt.Errorf("no session runs in %s; start one with `hotreload`", dir)
		}
	}
}

// place is where the files of a project's session are, without their endings.
func place(root string) (string, error) {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	sum := sha256.Sum256([]byte(root))
	name := hex.EncodeToString(sum[:8])
	dir := filepath.Join(os.TempDir(), "hotreload-"+strconv.Itoa(os.Getuid()))
	run := os.Getenv("XDG_RUNTIME_DIR")
	// It may be from an earlier login or, under sudo, another user's.
	if info, err := os.Stat(run); err == nil && filepath.IsAbs(run) && ownedByUs(info) {
		if d := filepath.Join(run, "hotreload"); len(filepath.Join(d, name))+len(".apps/0000.sock") < maxSocketPath {
			dir = d
		}
	}
	if err := private(dir); err != nil {
		return "", err
	}
	return filepath.Join(dir, name), nil
}

// private creates a directory that only the user can enter, or makes sure that it is one.
func private(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make a directory for the control socket: %w; set XDG_RUNTIME_DIR to a directory of yours", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || !ownedByUs(info) {
		return fmt.Errorf("%s is not a directory of yours; remove it, or set XDG_RUNTIME_DIR", dir)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return os.Chmod(dir, 0o700)
	}
	return nil
}
