package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/gofrs/flock"
)

// Claim is the right to run the one session of a project: a lock, which the system
// releases however this program ends, and the socket.
type Claim struct {
	Socket     string
	Apps       string // a directory for the sockets of the app's processes
	AfterCrash bool   // an earlier session was killed and did not clean up

	listener net.Listener
	lock     *flock.Flock
	file     string
}

// TakenError says that a session is already running in the project.
type TakenError struct {
	Root string
	PID  int // 0 if it is not known yet
}

func (e *TakenError) Error() string {
	who := ""
	if e.PID != 0 {
		who = fmt.Sprintf(", as process %d", e.PID)
	}
	return fmt.Sprintf("a session is already running in %s%s; talk to it with `hotreload send`, or end it with `hotreload send quit`", e.Root, who)
}

// holder is the content of the file that says who holds the lock.
type holder struct {
	PID  int    `json:"pid"`
	Root string `json:"root"`
}

func readHolder(file string) (h holder) {
	if text, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(text, &h) // if it is half written, the PID is not known
	}
	return h
}

// New claims the project at root, an absolute path. If another session has it, the
// error is a *TakenError.
func New(root string) (*Claim, error) {
	base, err := place(root)
	if err != nil {
		return nil, err
	}
	c := &Claim{Socket: base + ".sock", Apps: base + ".apps", file: base + ".json"}
	c.lock, err = awaitLock(base)
	if err != nil {
		return nil, fmt.Errorf("lock the project: %w", err)
	}
	if c.lock == nil {
		return nil, &TakenError{Root: root, PID: readHolder(c.file).PID}
	}
	if err := c.listen(root); err != nil {
		unlock(c.lock)
		return nil, err
	}
	return c, nil
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
		return fmt.Errorf("remove the sockets of an earlier session: %w", err)
	}
	if err := os.Mkdir(c.Apps, 0o700); err != nil {
		return fmt.Errorf("create the directory for the app's sockets: %w", err)
	}
	if err := os.Remove(c.Socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the socket of an earlier session: %w", err)
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
