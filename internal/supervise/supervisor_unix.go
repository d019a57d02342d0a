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
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// supervisorName is the argv[0] that makes this binary a supervisor.
const supervisorName = "hotreload-supervisor"

const (
	// orphanGrace bounds the grace once the tool is gone: nobody waits for the
	// app's last words any more, and its port is wanted by the next session.
	orphanGrace = 2 * time.Second
	// killInterval is how often the tree is looked through again while it is
	// being killed: a process that forks as we read /proc is found the next time.
	killInterval = 10 * time.Millisecond
)

// request is what the tool says to its supervisor. It travels as gob, because
// arguments and environment may hold bytes that JSON cannot carry.
type request struct {
	Start *Spec
	Stop  bool
	Kill  bool
}

// message is what the supervisor answers: PID or Error, then Exit, then Left.
type message struct {
	PID   int    `json:"pid,omitempty"`
	Error string `json:"error,omitempty"`
	Exit  *Exit  `json:"exit,omitempty"`
	Left  int    `json:"left,omitempty"`
}

// IsSupervisor reports whether this process was started by Start to supervise
// another. A main, and a TestMain of a package whose code calls Start, asks it
// first and exits with what Supervise returns.
func IsSupervisor() bool { return len(os.Args) == 1 && os.Args[0] == supervisorName || isShim() }

// Supervise starts the command that the control pipe names, and returns when
// nothing of its tree is alive.
func Supervise() (status int) {
	if isShim() {
		return becomeCommand()
	}
	// The command's parent-death signal is tied to this thread (golang/go#27505).
	runtime.LockOSThread()
	report := os.NewFile(4, "status")
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)

	// Not ignored: an ignored signal would stay ignored in the command.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT, unix.SIGPIPE)

	control, err := net.FileConn(os.NewFile(3, "control"))
	if err != nil {
		return 1
	}
	streams, err := takeStreams(control.(*net.UnixConn))
	if err != nil {
		return 1 // there was nothing to start, or the tool is dead
	}
	requests := gob.NewDecoder(control)
	var first request
	if err := requests.Decode(&first); err != nil || first.Start == nil {
		return 1
	}
	becomeSubreaper()
	s := &supervisor{spec: *first.Start, report: json.NewEncoder(report)}
	if err := s.start(streams); err != nil {
		s.say(message{Error: err.Error()})
		return 1
	}
	s.say(message{PID: s.pid})
	s.run(signals, readRequests(requests), reapChildren())
	return 0
}

// supervisor is the state of the one loop that runs in a supervisor process.
type supervisor struct {
	spec    Spec
	report  *json.Encoder
	pid     int  // the command's, also its process group's
	exited  bool // the command itself has ended
	asked   bool // the stop signal has been sent
	killing bool
	left    int // processes alive when the command ended
}

// maxDescriptors is how many the kernel passes at once (SCM_MAX_FD).
const maxDescriptors = 253

// takeStreams receives the command's three standard streams, and the listeners
// behind them. They are closed on exec but for the command.
func takeStreams(control *net.UnixConn) ([]uintptr, error) {
	oob := make([]byte, unix.CmsgSpace(maxDescriptors*4))
	_, n, _, _, err := control.ReadMsgUnix(make([]byte, 1), oob)
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) != 1 {
		return nil, fmt.Errorf("%d control messages: %w", len(messages), errors.Join(err, io.ErrUnexpectedEOF))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	var streams []uintptr
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		streams = append(streams, uintptr(fd))
	}
	return streams, err
}

// start runs the command in a process group of its own and lets go of its
// streams, so that they end when the command's tree does.
//
// A terminal's session is led by the supervisor and not by the command: when a
// leader ends the terminal is hung up, and what others of the tree still have to
// say, or have said and nobody has read, would be lost.
func (s *supervisor) start(streams []uintptr) (err error) {
	attributes := commandAttributes()
	if s.spec.Terminal {
		if err := unix.IoctlSetInt(int(streams[0]), unix.TIOCSCTTY, 0); err != nil {
			return fmt.Errorf("make it the command's terminal: %w", err)
		}
		attributes.Foreground, attributes.Ctty = true, int(streams[0])
	}
	fork := syscall.ForkExec
	if len(streams) > 3 {
		fork = forkWithPID
	}
	s.pid, err = fork(s.spec.Path, s.spec.Args, &syscall.ProcAttr{
		Dir:   s.spec.Dir,
		Env:   s.spec.Env,
		Files: streams,
		Sys:   attributes,
	})
	for _, fd := range streams {
		unix.Close(int(fd))
	}
	return err
}

// run is the life of the tree: it ends when reaped is closed, that is, when no
// child is left to wait for and the group is empty.
func (s *supervisor) run(signals <-chan os.Signal, requests <-chan request, reaped <-chan child) {
	var grace, again <-chan time.Time
	stop := func(after time.Duration) {
		s.signal(s.spec.StopSignal)
		s.asked = true
		if grace == nil { // what outlives the command has the rest of its grace
			grace = time.After(after)
		}
	}
	kill := func() {
		s.killing = true
		s.signal(unix.SIGKILL)
		again = time.After(killInterval)
	}
	for {
		select {
		case c, ok := <-reaped:
			if !ok {
				if s.alive() {
					// Only where orphans go to init: the group is polled instead.
					reaped = afterwards(killInterval)
					continue
				}
				s.say(message{Left: s.left})
				return
			}
			if c.pid == s.pid {
				s.exited = true
				s.say(message{Exit: c.exit()})
				left := 0
				if !c.last { // reading /proc takes longer than all the rest
					left = len(s.tree())
				}
				if !s.asked {
					s.left = left
				}
				if left > 0 && !s.killing {
					stop(s.spec.Grace)
				}
			}
		case r, ok := <-requests:
			switch {
			case !ok:
				requests = nil
				if s.asked {
					kill() // the second Ctrl-C
				} else {
					stop(min(s.spec.Grace, orphanGrace))
				}
			case r.Kill:
				kill()
			case r.Stop && !s.asked:
				stop(s.spec.Grace)
			}
		case sig := <-signals:
			// Somebody means the supervisor, not knowing what it is for. But a
			// terminal that is hung up means that the tool is dead, and that is
			// heard of in another way.
			hungUp := s.spec.Terminal && sig == unix.SIGHUP
			if sig != unix.SIGPIPE && !hungUp && !s.asked {
				stop(s.spec.Grace)
			}
		case <-grace:
			kill()
		case <-again:
			kill()
		}
	}
}

// signal reaches the whole group while the command leads it, and each
// descendant by itself afterwards or when it is to be killed.
func (s *supervisor) signal(sig syscall.Signal) {
	if !s.exited || !subreaper {
		_ = unix.Kill(-s.pid, sig)
	}
	if s.exited || sig == unix.SIGKILL {
		for _, pid := range s.tree() {
			_ = unix.Kill(pid, sig)
		}
	}
}

// alive reports whether somebody of the group lives on where orphans become
// init's children and no wait tells of their end.
func (s *supervisor) alive() bool {
	return !subreaper && unix.Kill(-s.pid, 0) == nil
}

// say reports to the tool, which may be gone.
func (s *supervisor) say(m message) { _ = s.report.Encode(m) }

// child is one process that has ended.
type child struct {
	pid    int
	status unix.WaitStatus
	last   bool // there is certainly no other
}

func (c child) exit() *Exit {
	if c.status.Signaled() {
		return &Exit{Code: -1, Signal: unix.SignalName(c.status.Signal())}
	}
	return &Exit{Code: c.status.ExitStatus()}
}

// reapChildren waits for every child, the command's adopted descendants
// included, and closes the channel when there is none left. Its goroutine ends
// with the process.
func reapChildren() <-chan child {
	reaped := make(chan child)
	go func() {
		defer close(reaped)
		for {
			var c child
			var err error
			c.pid, err = unix.Wait4(-1, &c.status, 0, nil)
			switch err {
			case nil:
				c.last = childless()
				reaped <- c
			case unix.EINTR:
			default: // ECHILD
				return
			}
		}
	}()
	return reaped
}

// afterwards is a closed channel, later: it makes run look again.
func afterwards(d time.Duration) <-chan child {
	c := make(chan child)
	time.AfterFunc(d, func() { close(c) })
	return c
}

// readRequests closes the channel when the tool is gone. Its goroutine ends
// with the process.
func readRequests(in *gob.Decoder) <-chan request {
	requests := make(chan request)
	go func() {
		defer close(requests)
		for {
			var r request
			if in.Decode(&r) != nil {
				return
			}
			requests <- r
		}
	}()
	return requests
}
