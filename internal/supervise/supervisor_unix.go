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
	// orphanGrace bounds the grace period once the tool is gone: the app's last words are
	// not read any more, and the next session wants its port.
	orphanGrace = 2 * time.Second
	// killInterval is how often the tree is searched again while it is being killed: a
	// process that forks as we read /proc is found the next time.
	killInterval = 10 * time.Millisecond
)

// request is what the tool says to its supervisor. It is encoded as gob, because
// arguments and environment may hold bytes that JSON cannot represent.
type request struct {
	Start *Spec
	Stop  bool
	Kill  bool
	Adopt int  // the process that takes the place of the command, whose exit was held
	Reap  bool // none does
}

// message is what the supervisor answers: PID or Error, then Exit, for each Adopt another
// Exit, then Left.
type message struct {
	PID   int    `json:"pid,omitempty"`
	Error string `json:"error,omitempty"`
	Exit  *Exit  `json:"exit,omitempty"`
	Left  int    `json:"left,omitempty"`
}

// IsSupervisor reports whether this process was started by Start to supervise a command.
// Then it must do nothing but call Main.
func IsSupervisor() bool { return len(os.Args) == 1 && os.Args[0] == supervisorName || isShim() }

// Main starts the command that the control pipe names, and returns when nothing of its
// tree is alive. The process exits with the status that it returns.
func Main() (status int) {
	if isShim() {
		return becomeCommand()
	}
	// The command's parent-death signal is tied to this thread (golang/go#27505).
	runtime.LockOSThread()
	report := os.NewFile(4, "status")
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)

	// Caught and not ignored: an ignored signal would stay ignored in the command.
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
	s := &supervisor{spec: *first.Start, report: json.NewEncoder(report), app: findApp(first.Start.App)}
	if err := s.start(streams); err != nil {
		s.say(message{Error: err.Error()})
		return 1
	}
	s.group = s.pid
	s.say(message{PID: s.pid})
	s.run(signals, readRequests(requests), reapChildren())
	return 0
}

// supervisor is the state of the one loop that runs in a supervisor process.
type supervisor struct {
	spec    Spec
	report  *json.Encoder
	pid     int  // the command's, or that of the process in its place
	group   int  // its process group
	exited  bool // that process has ended
	asked   bool // the stop signal has been sent
	killing bool
	left    int // processes alive when the command ended
	app     app
	vacancy vacancy
	grace   <-chan time.Time // receives when the grace period is over; nil: it has not begun
	again   <-chan time.Time // receives when the tree is to be killed again
}

// maxDescriptors is how many the kernel passes at once (SCM_MAX_FD).
const maxDescriptors = 253

// takeStreams receives the command's three standard streams, and the listeners
// behind them. They are closed on exec, except for the command.
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
// The supervisor, not the command, leads the session of a terminal: when a leader ends,
// the kernel hangs up the terminal, and what the rest of the tree has printed, or is about
// to print, would be lost.
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

// run lasts as long as the tree: it returns once reaped is closed, that is, no child is
// left to wait for, and the group is empty.
func (s *supervisor) run(signals <-chan os.Signal, requests <-chan request, reaped <-chan child) {
	for {
		select {
		case c, ok := <-reaped:
			switch {
			case ok:
				s.reap(c)
			case s.vacancy.held:
				reaped = nil // what has ended may be adopted all the same
			case s.alive():
				// Only where orphans go to init: the group is polled instead.
				reaped = afterwards(killInterval)
			default:
				s.say(message{Left: s.left})
				return
			}
		case r, ok := <-requests:
			if !ok {
				requests = nil
				s.abandoned()
			} else {
				s.obey(r)
			}
			if reaped == nil && !s.vacancy.held {
				reaped = afterwards(0)
			}
		case sig := <-signals:
			// Sent by someone who does not know what the supervisor is for. But a terminal
			// hangs up because the tool is dead, which we learn from the control pipe.
			hungUp := s.spec.Terminal && sig == unix.SIGHUP
			if sig != unix.SIGPIPE && !hungUp && !s.asked {
				s.stop(s.spec.Grace)
			}
		case <-s.grace:
			s.kill()
		case <-s.again:
			s.kill()
		}
	}
}

// reap takes in the end of a child. When the command ends, what it leaves behind is
// stopped, unless something of it may take the command's place.
func (s *supervisor) reap(c child) {
	if s.vacancy.held {
		s.vacancy.ended = append(s.vacancy.ended, c)
	}
	if c.pid != s.pid {
		return
	}
	s.exited = true
	left := 0
	if !c.last { // reading /proc takes longer than all the rest
		left = len(s.tree())
	}
	if !s.asked {
		s.left = left
	}
	exit := c.exit()
	exit.Held = left > 0 && exit.Code == 0 && s.spec.Replaceable && subreaper && !s.asked && !s.killing
	s.vacancy = vacancy{held: exit.Held}
	s.say(message{Exit: exit})
	if left > 0 && !exit.Held && !s.killing {
		s.stop(s.spec.Grace)
	}
}

// obey does what the tool asks for.
func (s *supervisor) obey(r request) {
	switch {
	case r.Kill:
		s.kill()
	case r.Stop && !s.asked:
		s.stop(s.spec.Grace)
	case r.Adopt != 0:
		s.adopt(r.Adopt)
	case r.Reap:
		s.leaveVacant()
	}
}

// abandoned ends the tree because the tool is gone. If it had asked for that already, it
// was ended by a second Ctrl-C.
func (s *supervisor) abandoned() {
	s.vacancy = vacancy{}
	if s.asked {
		s.kill()
	} else {
		s.stop(min(s.spec.Grace, orphanGrace))
	}
}

// stop asks the tree to end within the grace period. What outlives the command has the
// rest of it.
func (s *supervisor) stop(within time.Duration) {
	s.signal(s.spec.StopSignal)
	s.asked = true
	if s.grace == nil {
		s.grace = time.After(within)
	}
}

// kill ends the tree now, and does so again in a moment.
func (s *supervisor) kill() {
	s.killing = true
	s.signal(unix.SIGKILL)
	s.again = time.After(killInterval)
}

// signal signals the whole group while the command leads it, and each descendant by
// itself afterwards, or when it is to be killed. If the command only starts the app, the app
// and its descendants get the stop signal: some commands would pass it on, so that it came
// twice, and others would end at once.
func (s *supervisor) signal(sig syscall.Signal) {
	asks := sig != unix.SIGKILL
	if asks && !s.exited && s.app.stop(s.tree(), sig) {
		return
	}
	if !s.exited || !subreaper {
		_ = unix.Kill(-s.group, sig)
	}
	if s.exited || !asks {
		for _, pid := range s.tree() {
			if !asks || !s.app.told[pid] {
				_ = unix.Kill(pid, sig)
			}
		}
	}
}

// alive reports whether the group is not empty, on systems where orphans become init's
// children and no wait tells of their end.
func (s *supervisor) alive() bool {
	return !subreaper && unix.Kill(-s.group, 0) == nil
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

// reapChildren waits for every child, adopted descendants of the command included, and
// closes the channel when none is left. Its goroutine ends with the process.
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

// afterwards returns a channel that will be closed later: it makes run look again.
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
