//go:build linux

package supervise_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"hotreload/internal/supervise"
)

// The test binary is the supervisor, the apps that are supervised, and a tool
// that is killed.
func TestMain(m *testing.M) {
	if supervise.IsSupervisor() {
		os.Exit(supervise.Main())
	}
	if app := apps[os.Getenv("PROC_TEST_APP")]; app != nil {
		app()
		return
	}
	goleak.VerifyTestMain(m)
}

var apps = map[string]func(){
	"exit3":  func() { os.Exit(3) },
	"passed": tellListener,
	"sleep":  func() { announce(); block() },
	"deaf":   func() { signal.Ignore(unix.SIGTERM); announce(); block() },
	"daemon": func() { daemonise(); announce(); block() },
	"orphan": func() { daemonise() },
	"sleeper": func() {
		signal.Ignore(unix.SIGTERM, unix.SIGHUP)
		announce()
		block()
	},
	"tool": func() {
		p, err := supervise.Start(spec("daemon"), supervise.Streams{Out: os.Stdout})
		if err != nil {
			panic(err)
		}
		p.Wait()
	},
}

// tellListener prints LISTEN_PID, its own PID and where its descriptor 3 listens.
func tellListener() {
	l, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		panic(err)
	}
	fmt.Println(os.Getenv("LISTEN_PID"), os.Getpid(), l.Addr(), os.Getenv("KEY"), os.Args)
}

// announce prints a PID. Once the test has read it, everything is set up.
func announce() { fmt.Println(os.Getpid()) }

func block() { time.Sleep(time.Hour) }

// daemonise leaves a grandchild that ignores SIGTERM, in a session of its own, without a
// parent. It waits until the grandchild has announced itself.
func daemonise() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command("setsid", "sh", "-c", `PROC_TEST_APP=sleeper "$0" & exit 0`, self)
	cmd.Stdout = write
	if err := cmd.Run(); err != nil {
		panic(err)
	}
	write.Close()
	line, _ := bufio.NewReader(read).ReadString('\n')
	fmt.Print(line)
}

func spec(app string) supervise.Spec {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return supervise.Spec{
		Path: self, Args: []string{app},
		Env:        []string{"PROC_TEST_APP=" + app, "PATH=" + os.Getenv("PATH")},
		StopSignal: unix.SIGTERM, Grace: 50 * time.Millisecond,
	}
}

// start runs an app and returns the PIDs that it announces.
func start(t *testing.T, app string, announced int) (*supervise.Process, []int) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	p, err := supervise.Start(spec(app), supervise.Streams{Out: write, Err: os.Stderr})
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	return p, readPIDs(t, read, announced)
}

func readPIDs(t *testing.T, from io.Reader, n int) []int {
	t.Helper()
	lines := bufio.NewScanner(from)
	var pids []int
	for range n {
		lines.Scan()
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatalf("announced pid: %v", err)
		}
		pids = append(pids, pid)
	}
	return pids
}

func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// waitGone waits for the end of a process that is not our child.
func waitGone(t *testing.T, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err == unix.ESRCH {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		polled := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n := 0
		for err = unix.EINTR; err == unix.EINTR; {
			n, err = unix.Poll(polled, 20_000)
		}
		unix.Close(fd)
		if n == 0 {
			t.Errorf("process %d lives on", pid)
		}
	}
}

func TestExitByItself(t *testing.T) {
	p, _ := start(t, "exit3", 0)
	if got, want := p.Wait(), (supervise.Exit{Code: 3}); got != want {
		t.Errorf("Wait() = %+v, want %+v", got, want)
	}
	if left := p.Reap(); left != 0 {
		t.Errorf("Reap() = %d left behind, want none", left)
	}
	p.Stop() // has no effect
}

func TestStop(t *testing.T) {
	for _, test := range []struct {
		app       string
		announced int
		want      string
	}{
		{"sleep", 1, "SIGTERM"},
		{"deaf", 1, "SIGKILL"},
		{"daemon", 2, "SIGTERM"},
	} {
		t.Run(test.app, func(t *testing.T) {
			p, pids := start(t, test.app, test.announced)
			p.Stop()
			if got := p.Wait(); got.Signal != test.want {
				t.Errorf("ended by %+v, want %s", got, test.want)
			}
			p.Reap()
			for _, pid := range pids {
				if !gone(pid) {
					t.Errorf("process %d lives on", pid)
				}
			}
		})
	}
}

func TestDaemonLeftBehindIsEnded(t *testing.T) {
	p, pids := start(t, "orphan", 1)
	if got := p.Wait(); got.Code != 0 {
		t.Errorf("Wait() = %+v, want code 0", got)
	}
	if left := p.Reap(); left != 1 {
		t.Errorf("Reap() = %d left behind, want 1", left)
	}
	if !gone(pids[0]) {
		t.Error("the daemon lives on")
	}
}

func TestKill(t *testing.T) {
	p, pids := start(t, "daemon", 2)
	p.Kill()
	if got := p.Wait(); got.Signal != "SIGKILL" {
		t.Errorf("ended by %+v, want SIGKILL", got)
	}
	p.Reap()
	for _, pid := range pids {
		if !gone(pid) {
			t.Errorf("process %d lives on", pid)
		}
	}
}

// If the tool is killed, the supervisor stops the tree.
func TestToolKilled(t *testing.T) {
	tool := exec.Command(spec("tool").Path)
	tool.Env = append(os.Environ(), "PROC_TEST_APP=tool")
	tool.Stderr = os.Stderr
	out, err := tool.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tool.Start(); err != nil {
		t.Fatal(err)
	}
	pids := readPIDs(t, out, 2)
	if err := tool.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = tool.Wait()
	waitGone(t, pids...)
}

// If the supervisor is killed, so is the command, and Wait says so.
func TestSupervisorKilled(t *testing.T) {
	p, pids := start(t, "sleep", 1)
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pids[0]))
	if err != nil {
		t.Fatal(err)
	}
	supervisor, err := strconv.Atoi(strings.Fields(string(stat))[3])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(supervisor, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if got := p.Wait(); got.Signal != "SIGKILL" {
		t.Errorf("Wait() = %+v, want SIGKILL", got)
	}
	p.Reap()
	waitGone(t, pids...)
}

func TestStartFails(t *testing.T) {
	s := spec("sleep")
	s.Path = "/nonexistent/app"
	_, err := supervise.Start(s, supervise.Streams{})
	if err == nil || !strings.Contains(err.Error(), "start /nonexistent/app: no such file or directory") {
		t.Errorf("Start() = %v, want the path and the reason", err)
	}
}

// Arguments and environment arrive unchanged, whatever their bytes.
func TestBytesArrive(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	p, err := supervise.Start(supervise.Spec{
		Path: "/bin/sh", Args: []string{"sh", "-c", `printf '%s|%s|%s' "$1" "$KEY" "$PWD"`, "sh", "a\xff b\n"},
		Dir: "/tmp", Env: []string{"KEY=\xfe'"},
	}, supervise.Streams{Out: write})
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	if want := "a\xff b\n|\xfe'|/tmp"; string(got) != want {
		t.Errorf("the command saw %q, want %q", got, want)
	}
	p.Wait()
	p.Reap()
}

// Listeners arrive as descriptors, with the command's own PID in its environment.
func TestListeners(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	var p *supervise.Process
	passed := func(spec supervise.Spec) (err error) {
		failed := conn.Control(func(fd uintptr) {
			p, err = supervise.Start(spec, supervise.Streams{Out: write, Err: os.Stderr, Listeners: []int{int(fd)}})
		})
		return errors.Join(failed, err)
	}
	app := spec("passed")
	app.Path = "/nonexistent/app"
	if err := passed(app); err == nil || !strings.Contains(err.Error(), "start /nonexistent/app: no such file or directory") {
		t.Errorf("the error is %v, want the path and the reason", err)
	}
	app = spec("passed")
	app.Args = append(app.Args, "a b")
	app.Env = append(app.Env, "LISTEN_PID=1", "KEY=\xfe")
	if err := passed(app); err != nil {
		t.Fatal(err)
	}
	write.Close()
	got, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%d %d %s \xfe [passed a b]\n", p.PID, p.PID, l.Addr()); string(got) != want {
		t.Errorf("the command says %q, want %q", got, want)
	}
	p.Wait()
	p.Reap()
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p, err := supervise.Start(supervise.Spec{Path: "/bin/true", Args: []string{"true"}}, supervise.Streams{})
		if err != nil {
			b.Fatal(err)
		}
		p.Wait()
		p.Reap()
	}
}
