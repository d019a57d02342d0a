//go:build unix

package proc

import (
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// Process is a command under supervision. Wait and Reap are called once each,
// in this order, by the one goroutine that owns the process; Stop and Kill may
// be called at any time from any goroutine.
type Process struct {
	PID int

	supervisor *exec.Cmd
	status     *json.Decoder
	statusPipe *os.File

	mu       sync.Mutex   // Stop and Kill come from other goroutines than Reap's
	requests *gob.Encoder // nil once the tree is gone
	control  *os.File
}

// Start runs the command and returns once it is executing. The error names the
// executable and what the system said of it.
func Start(spec Spec, streams Streams) (*Process, error) {
	controlRead, controlWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Path, err)
	}
	defer controlRead.Close()
	statusRead, statusWrite, err := os.Pipe()
	if err != nil {
		controlWrite.Close()
		return nil, fmt.Errorf("start %s: %w", spec.Path, err)
	}
	defer statusWrite.Close()

	p := &Process{
		control: controlWrite, requests: gob.NewEncoder(controlWrite),
		statusPipe: statusRead, status: json.NewDecoder(statusRead),
	}
	p.supervisor = supervisorCommand(streams, controlRead, statusWrite)
	if err := p.supervisor.Start(); err != nil {
		controlWrite.Close()
		statusRead.Close()
		return nil, fmt.Errorf("start the supervisor of %s: %w", spec.Path, err)
	}
	p.send(request{Start: &spec})

	// The supervisor must not be waited for its own copy of the status pipe.
	statusWrite.Close()
	first := p.next()
	if first.PID == 0 {
		p.Reap()
		if first.Error == "" {
			first.Error = "its supervisor ended at once"
		}
		return nil, fmt.Errorf("start %s: %s", spec.Path, first.Error)
	}
	p.PID = first.PID
	return p, nil
}

// supervisorCommand is this binary under the supervisor's name. It leaves our
// process group so that the terminal's Ctrl-C reaches the tool alone, which
// then stops the tree in order.
func supervisorCommand(streams Streams, control, status *os.File) *exec.Cmd {
	return &exec.Cmd{
		Path:        self(),
		Args:        []string{supervisorName},
		Env:         []string{"GORACE=atexit_sleep_ms=0"}, // read by a race detector's build alone
		Stdin:       streams.In,
		Stdout:      streams.Out,
		Stderr:      streams.Err,
		ExtraFiles:  []*os.File{control, status},
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
}

// self is the path of this binary: on Linux one that stays right when the file
// is replaced while we run, as when hotreload rebuilds hotreload.
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

// Reap returns when nothing of the command's tree is alive: what it left
// behind has been asked to stop, and killed after the grace. It returns how
// many processes the command left when it ended without having been asked to.
func (p *Process) Reap() (left int) {
	left = p.next().Left
	// The supervisor has nothing to do but to exit.
	err := p.supervisor.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		panic(fmt.Sprintf("proc: waited twice for the supervisor: %v", err))
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

// send writes one request. A supervisor that is gone has nothing left to do,
// so a failed write is no error.
func (p *Process) send(r request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.requests != nil {
		_ = p.requests.Encode(r)
	}
}

// next reads one message of the supervisor; the zero message when there is no more.
func (p *Process) next() message {
	var m message
	if err := p.status.Decode(&m); err != nil && !errors.Is(err, io.EOF) {
		return message{Error: err.Error()}
	}
	return m
}
