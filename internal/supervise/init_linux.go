package supervise

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// IsInit reports whether this process is the first of a container, and the command one that
// runs there. Then it must do nothing but exit with the status of Init.
func IsInit(args []string) bool {
	return os.Getpid() == 1 && len(args) > 0 && args[0] == "agent"
}

// Init starts this program again and does what the first process of a system has to do: it
// takes the exit status of all processes whose parents are gone, so that nothing is left of
// them, and passes signals on.
func Init() (status int) {
	self, err := os.Executable()
	if err != nil {
		return 1
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals)
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 1
	}
	go func() { // ends with the process
		for s := range signals {
			switch s {
			case syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPIPE:
			default:
				_ = cmd.Process.Signal(s)
			}
		}
	}()
	for {
		var ended syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ended, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 1
		case pid == cmd.Process.Pid && ended.Exited():
			return ended.ExitStatus()
		case pid == cmd.Process.Pid && ended.Signaled():
			return 128 + int(ended.Signal())
		}
	}
}
