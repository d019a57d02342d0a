//go:build unix

package runner

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// apps are what the tests run, by the value of RUNNER_TEST_APP.
var apps = map[string]func(){
	"exit":      func() { os.Exit(3) },
	"block":     func() { fmt.Println("up"); block() },
	"stubborn":  func() { signal.Ignore(syscall.SIGTERM); fmt.Println("up"); block() },
	"signal":    func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); block() },
	"signals":   tellSignal,
	"tell":      tell,
	"slow":      stopWhenTold,
	"alone":     func() { alone(); block() },
	"parent":    func() { alone(); beParent() },
	"orphan":    func() { beParent(); fmt.Println("gone") },
	"child":     func() { signal.Ignore(syscall.SIGTERM, syscall.SIGHUP); fmt.Println("child is up"); block() },
	"lines":     func() { signal.Ignore(syscall.SIGTERM); lines(manyLines); fmt.Print("the end") },
	"flood":     func() { signal.Ignore(syscall.SIGTERM); lines(1 << 30) },
	"last word": func() { fmt.Print("out"); fmt.Fprint(os.Stderr, "err: no newline"); os.Exit(4) },
	"port":      func() { listenWhenTold(os.Args[1]) },
	"unix":      func() { listenOnUnixWhenTold(os.Args[1]) },
	"in use":    portInUse,
	"password":  readPassword,
	"measure":   measure,
	"echo":      func() { _, _ = io.Copy(os.Stdout, os.Stdin) },
}

// measure prints the first line that it reads, and at the end how much it has read.
func measure() {
	lines, read := bufio.NewScanner(os.Stdin), 0
	for lines.Scan() && lines.Text() != "the end" {
		if read == 0 {
			fmt.Println("read", lines.Text())
		}
		read += len(lines.Text()) + 1
	}
	fmt.Println("read", read)
	block()
}

func block() { time.Sleep(time.Hour) }

// tellSignal prints which signal came.
func tellSignal() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1)
	fmt.Println("up")
	fmt.Println((<-c).String())
}

// tell prints what the app is given: working directory, arguments, environment.
func tell() {
	dir, _ := os.Getwd()
	fmt.Printf("dir=%s\nPWD=%s\nargs=%q\n", dir, os.Getenv("PWD"), os.Args[1:])
	for _, pair := range os.Environ() {
		if strings.HasPrefix(pair, "TELL_") {
			fmt.Println(pair)
		}
	}
}

// stopWhenTold ends once it was asked to and has read a line from its standard input. It
// calls an address to say that it was asked.
func stopWhenTold() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	fmt.Println("up")
	<-c
	if len(os.Args) > 1 {
		if _, err := net.Dial("tcp", os.Args[1]); err != nil {
			panic(err)
		}
	}
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

// alone prints whether no other app, nor a child of one, has the lock.
func alone() {
	file, err := os.OpenFile(os.Args[1], os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		panic(err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		fmt.Println("not alone:", err)
		return
	}
	locked = file
	fmt.Println("alone")
}

// locked is what alone holds, for children to inherit.
var locked *os.File

// beParent leaves a child that has the app's streams and lock, and ignores its stop signal.
func beParent() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "RUNNER_TEST_APP=child")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if locked != nil {
		cmd.ExtraFiles = []*os.File{locked}
	}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	if locked != nil {
		block()
	}
}

// manyLines are more than the pipe and its reader take in when nothing receives them.
const manyLines = 500_000

func lines(n int) {
	fmt.Println("up")
	w := bufio.NewWriterSize(os.Stdout, 1000)
	for i := range n {
		fmt.Fprintf(w, "line %d\n", i)
	}
	w.Flush()
}

// listenWhenTold listens once there is a line on its standard input.
func listenWhenTold(addresses string) {
	fmt.Println("up")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	for address := range strings.SplitSeq(addresses, ",") {
		if _, err := net.Listen("tcp", address); err != nil {
			panic(err)
		}
	}
	block()
}

// listenOnUnixWhenTold opens a unix socket when it has read a line.
func listenOnUnixWhenTold(path string) {
	fmt.Println("up")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	l, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	defer l.Close()
	block()
}

// portInUse opens a port twice.
func portInUse() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	_, err = net.Listen("tcp", l.Addr().String())
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
