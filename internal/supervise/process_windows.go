package supervise

import (
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Process is a command in a job object. Wait and Reap are called once each, in
// this order, by the one goroutine that owns the process; Stop and Kill may be
// called at any time from any goroutine.
type Process struct {
	PID int

	cmd   *exec.Cmd
	grace time.Duration
	timer *time.Timer // runs from Stop to Kill

	mu  sync.Mutex     // Stop and Kill come from other goroutines than Reap's
	job windows.Handle // 0 once the tree is gone
}

// IsSupervisor is false on Windows: a job object needs no supervisor.
func IsSupervisor() bool { return false }

// Main is never called on Windows.
func Main() int { return 1 }

// Start runs the command and returns once it is executing. The error names the
// executable and what the system said.
func Start(spec Spec, streams Streams) (*Process, error) {
	job, err := killingJob()
	if err != nil {
		return nil, fmt.Errorf("start %s: make a job object: %w", spec.Path, err)
	}
	cmd := &exec.Cmd{
		Path: spec.Path, Args: spec.Args, Dir: spec.Dir, Env: spec.Env,
		Stdin: streams.In, Stdout: streams.Out, Stderr: streams.Err,
		SysProcAttr: &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP},
	}
	if err := cmd.Start(); err != nil {
		windows.CloseHandle(job)
		return nil, fmt.Errorf("start %s: %w", spec.Path, err)
	}
	if err := assign(job, cmd.Process.Pid); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		windows.CloseHandle(job)
		return nil, fmt.Errorf("start %s: put it in a job object: %w", spec.Path, err)
	}
	return &Process{PID: cmd.Process.Pid, cmd: cmd, grace: spec.Grace, job: job}, nil
}

// Starter starts commands. On Windows it has nothing to prepare.
type Starter struct{}

// NewStarter returns a starter.
func NewStarter() *Starter { return &Starter{} }

// Start is like the function Start.
func (*Starter) Start(spec Spec, streams Streams) (*Process, error) { return Start(spec, streams) }

// Prepare does nothing.
func (*Starter) Prepare() {}

// Close does nothing.
func (*Starter) Close() {}

// killingJob makes a job whose processes end when its last handle is closed,
// which the system does for us, however this program ends.
func killingJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
		},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		windows.CloseHandle(job)
		return 0, err
	}
	return job, nil
}

func assign(job windows.Handle, pid int) error {
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return err
	}
	defer windows.CloseHandle(h)
	return windows.AssignProcessToJobObject(job, h)
}

// Wait returns when the command itself has ended.
func (p *Process) Wait() Exit {
	_ = p.cmd.Wait()
	return Exit{Code: p.cmd.ProcessState.ExitCode()}
}

// Adopt is never called on Windows: no exit is held.
func (p *Process) Adopt(int) {}

// Tree lists the command and its living descendants.
func (p *Process) Tree() []int { return append([]int{p.PID}, Descendants(p.PID)...) }

// Reap ends what the command left behind and returns how many processes those were.
func (p *Process) Reap() (left int) {
	left = len(Descendants(p.PID))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	_ = windows.TerminateJobObject(p.job, 1)
	windows.CloseHandle(p.job)
	p.job = 0
	return left
}

// Stop asks the command to end with Ctrl-Break, the only request that reaches a
// console process group, and kills the job after the grace.
func (p *Process) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.job == 0 || p.timer != nil {
		return
	}
	_ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.PID))
	p.timer = time.AfterFunc(p.grace, p.Kill)
}

// Kill ends the tree at once.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.job != 0 {
		_ = windows.TerminateJobObject(p.job, 1)
	}
}
