// Package supervise starts a command so that its whole process tree can be ended.
//
// In goes a Spec; out comes a Process. What always holds: once Reap has returned, nothing
// that the command started is alive, whether or not it left the process group. If this
// program dies without notice, even by kill -9, the tree is stopped all the same.
//
// On Unix a small supervisor, this same binary under another name, stands between the tool
// and the command:
//
//	tool ──control pipe──▶ supervisor ──▶ command ──▶ its descendants
//	     ◀──status pipe───
//
// A parent-death signal would not do: it reaches the child but not the grandchildren, and
// it is sent when the thread that forked ends, not the process (golang/go#27505). The end
// of a pipe has neither fault. On Linux the supervisor is also a child subreaper, so a
// daemon that forked twice becomes its child instead of init's. On Windows a job object
// does the same work.
//
// A main, and a TestMain of a package whose code starts commands, must therefore begin with
//
//	if supervise.IsSupervisor() {
//		os.Exit(supervise.Main())
//	}
//
// Each command has a supervisor of its own: with one for all, the descendants of two versions
// could not be told apart.
package supervise

import (
	"os"
	"syscall"
	"time"
)

// Spec says what to start and how it is to be stopped.
type Spec struct {
	Path string   // the executable
	Args []string // its arguments, Args[0] the name it sees itself by
	App  string   // the executable that the command starts, or becomes; empty: the command is the app
	Dir  string   // working directory
	Env  []string // the whole environment, KEY=value

	StopSignal syscall.Signal // asks the app to end
	Grace      time.Duration  // from StopSignal to SIGKILL

	// Replaceable has the rest of the tree live on when the command exits by itself with
	// status 0, until Adopt or Reap says what is to become of it. It has no effect where
	// Adopt cannot work: see Exit.Held.
	Replaceable bool

	// Terminal makes stdin, a terminal that no other process has, the command's
	// controlling terminal. It has no effect on Windows.
	Terminal bool
}

// Streams are the three standard streams of the command. The caller keeps its
// own copies and closes them.
type Streams struct {
	In, Out, Err *os.File

	// Listeners become the command's descriptors from 3 on, and LISTEN_PID its own
	// process ID, by systemd's protocol. They are bare descriptors because os.File.Fd
	// would switch them to blocking mode in every process that shares them. Unused on
	// Windows.
	Listeners []int
}

// Exit tells how the command itself ended; its descendants may live on until Reap.
type Exit struct {
	Code   int    // exit status; -1 when a signal ended it
	Signal string // "SIGKILL", "SIGSEGV"…; empty when it exited by itself
	Held   bool   // descendants live on: one of them can be adopted in the command's place
}
