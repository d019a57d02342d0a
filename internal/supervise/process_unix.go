//go:build unix

package supervise

import (
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is a command under supervision. Wait and then Reap are called by the one
// goroutine that owns the process, once each, but that after Adopt comes another Wait.
// The other methods may be called at any time from any goroutine.
type Process struct {
	PID int // of the command that was started

	supervisor *exec.Cmd
	status     *json.Decoder
	statusPipe *os.File

	mu       sync.Mutex   // Stop and Kill come from other goroutines than Reap's
	requests *gob.Encoder // nil once the tree is gone
	control  *net.UnixConn
}

// prepare starts a supervisor that waits to be told what to start. It leaves our session so
// that the terminal's Ctrl-C reaches the tool alone, which then stops the tree in order, and
// so that it can lead the session of the command's own terminal.
func prepare() (*Process, error) {
	control, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("start a supervisor: %w", err)
	}
	defer theirs.Close()
	status, report, err := os.Pipe()
	if err != nil {
		control.Close()
		return nil, fmt.Errorf("start a supervisor: %w", err)
	}
	defer report.Close()
	p := &Process{
		control: control, requests: gob.NewEncoder(control),
		statusPipe: status, status: json.NewDecoder(status),
		supervisor: &exec.Cmd{
			Path:        self(),
			Args:        []string{supervisorName},
			Env:         []string{"GORACE=atexit_sleep_ms=0"}, // read by a race detector's build alone
			ExtraFiles:  []*os.File{theirs, report},
			SysProcAttr: &syscall.SysProcAttr{Setsid: true},
		},
	}
	if err := p.supervisor.Start(); err != nil {
		control.Close()
		status.Close()
		return nil, fmt.Errorf("start a supervisor: %w", err)
	}
	return p, nil
}

// socketPair returns the two ends of a connection; theirs is for another process.
func socketPair() (ours *net.UnixConn, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	theirs = os.NewFile(uintptr(fds[1]), "control")
	file := os.NewFile(uintptr(fds[0]), "control")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return conn.(*net.UnixConn), theirs, nil
}

// start has the supervisor run the command, and returns once that is executing.
func (p *Process) start(spec Spec, streams Streams) error {
	if err := p.hand(streams); err != nil {
		p.discard()
		return fmt.Errorf("start %s: %w", spec.Path, err)
	}
	p.send(request{Start: &spec})
	first := p.next()
	if first.PID == 0 {
		p.Reap()
		if first.Error == "" {
			first.Error = "its supervisor exited at once"
		}
		return fmt.Errorf("start %s: %s", spec.Path, first.Error)
	}
	p.PID = first.PID
	return nil
}

// hand sends the supervisor the command's streams, along with one byte.
func (p *Process) hand(streams Streams) error {
	var fds []int
	for _, f := range []*os.File{streams.In, streams.Out, streams.Err} {
		if f == nil {
			null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			defer null.Close()
			f = null
		}
		fds = append(fds, int(f.Fd()))
	}
	fds = append(fds, streams.Listeners...)
	_, _, err := p.control.WriteMsgUnix([]byte{0}, unix.UnixRights(fds...), nil)
	return err
}

// discard ends a supervisor without a command.
func (p *Process) discard() {
	p.control.Close()
	_ = p.supervisor.Wait() // it saw the end of its control connection
	p.statusPipe.Close()
}

// self is the path of this binary: on Linux one that stays right if the file is replaced
// while we run, as when hotreload rebuilds hotreload.
func self() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe"
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// Wait returns when the command itself has ended.
func (p *Process) Wait() Exit {
	m := p.next()
	if m.Exit == nil {
		// The supervisor was killed; the command was killed with it.
		return Exit{Code: -1, Signal: "SIGKILL"}
	}
	return *m.Exit
}

// Adopt puts a descendant in the place of a command whose Exit was held: the next Wait
// returns when that has ended.
func (p *Process) Adopt(pid int) { p.send(request{Adopt: pid}) }

// Reap returns when nothing of the command's tree is alive: what the command left behind
// was asked to stop, and killed after the grace period. It returns how many processes the
// command left when it ended without having been asked to.
func (p *Process) Reap() (left int) {
	p.send(request{Reap: true})
	left = p.next().Left
	// The supervisor has nothing left to do but exit.
	err := p.supervisor.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		panic(fmt.Sprintf("supervise: waited twice for the supervisor: %v", err))
	}
	p.statusPipe.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.control.Close()
	p.requests = nil
	return left
}

// Stop asks the tree to end: the stop signal to the group, the grace, SIGKILL.
func (p *Process) Stop() { p.send(request{Stop: true}) }

// Kill ends the tree at once.
func (p *Process) Kill() { p.send(request{Kill: true}) }

// Tree lists the living processes of the command's tree, parents before their children.
func (p *Process) Tree() []int { return tree(p.supervisor.Process.Pid, p.PID) }

// send writes one request. A supervisor that is gone has nothing left to do, so a failed
// write is not an error.
func (p *Process) send(r request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.requests != nil {
		_ = p.requests.Encode(r)
	}
}

// next reads one message from the supervisor; the zero message if there are no more.
func (p *Process) next() message {
	var m message
	if err := p.status.Decode(&m); err != nil && !errors.Is(err, io.EOF) {
		return message{Error: err.Error()}
	}
	return m
}
