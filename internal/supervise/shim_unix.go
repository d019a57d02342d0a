//go:build unix

package supervise

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// A command that inherits listeners must find its own process ID in its environment, and
// that is not known before the fork. So the supervisor forks this binary once more, which
// sets the variable and then becomes the command.

// shimName is the argv[0] that makes this binary become another one. It is followed by
// the descriptor on which to report a failure, the path and the arguments.
const shimName = "hotreload-shim"

func isShim() bool { return len(os.Args) > 3 && os.Args[0] == shimName }

// forkWithPID is syscall.ForkExec with LISTEN_PID set.
func forkWithPID(path string, args []string, attr *syscall.ProcAttr) (pid int, err error) {
	failed, report, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer failed.Close()
	files := append(attr.Files[:len(attr.Files):len(attr.Files)], report.Fd())
	shim := append([]string{shimName, strconv.Itoa(len(files) - 1), path}, args...)
	forked := *attr
	forked.Files = files
	pid, err = syscall.ForkExec(self(), shim, &forked)
	report.Close()
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(failed) // empty, at the end of the pipe, when the command executes
	if err == nil && len(text) > 0 {
		err = errors.New(string(text))
	}
	if err != nil {
		_ = unix.Kill(pid, unix.SIGKILL)
		_, _ = unix.Wait4(pid, nil, 0, nil)
		return 0, err
	}
	return pid, nil
}

// becomeCommand replaces the shim by the command. It returns only if that fails, and has
// reported it.
func becomeCommand() (status int) {
	fd, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return 1
	}
	unix.CloseOnExec(fd)
	if err = os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid())); err == nil {
		err = syscall.Exec(os.Args[2], os.Args[3:], os.Environ())
	}
	fmt.Fprint(os.NewFile(uintptr(fd), "report"), err)
	return 1
}
