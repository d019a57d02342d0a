package control

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// holdEnv makes this program a session that holds the claim of a project until
// it is killed.
const holdEnv = "CONTROL_TEST_HOLD"

func TestMain(m *testing.M) {
	if root := os.Getenv(holdEnv); root != "" {
		if _, err := New(root); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("claimed")
		_, _ = bufio.NewReader(os.Stdin).ReadByte() // which never comes
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// shortDir is a directory with a short path, so that a socket fits in it. That of t.TempDir
// may be too long.
func shortDir(t *testing.T) string {
	t.Helper()
	base := "/tmp"
	if runtime.GOOS == "windows" {
		base = ""
	}
	dir, err := os.MkdirTemp(base, "hr")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// runtimeDir is a new XDG_RUNTIME_DIR.
func runtimeDir(t *testing.T) string {
	t.Helper()
	dir := shortDir(t)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	return dir
}

// claim claims a project for as long as the test runs, unless it is closed before.
func claim(t *testing.T, root string) *Claim {
	t.Helper()
	c, err := New(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// hold starts another process that holds the claim, and returns how to kill it.
func hold(t *testing.T, root string) (pid int, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdEnv+"="+root)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // an error, as it was killed
		stdin.Close()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "claimed\n" {
		kill()
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return cmd.Process.Pid, kill
}

func wantTaken(t *testing.T, root string, pid int) {
	t.Helper()
	c, err := New(root)
	if err == nil {
		c.Close()
	}
	var taken *TakenError
	if !errors.As(err, &taken) {
		t.Fatalf("a second claim: %v, want a *TakenError", err)
	}
	if taken.PID != pid || taken.Root != root {
		t.Errorf("taken by process %d in %s, want %d in %s", taken.PID, taken.Root, pid, root)
	}
}

// New waits for a lock and a socket that a killed session has left to a process it was about
// to start.
func TestLockLeftByAKilledSession(t *testing.T) {
	runtimeDir(t)
	root := t.TempDir()
	base, err := place(root)
	if err != nil {
		t.Fatal(err)
	}
	left, err := lock(base + ".lock")
	if err != nil || left == nil {
		t.Fatalf("the lock is %v, %v", left, err)
	}
	l, err := net.Listen("unix", base+".sock")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	killed := exec.Command(os.Args[0], "-test.run=^$")
	if err := killed.Run(); err != nil {
		t.Fatal(err)
	}
	holds := fmt.Sprintf(`{"pid":%d}`, killed.Process.Pid)
	if err := os.WriteFile(base+".json", []byte(holds), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.AfterFunc(lockPatience/2, func() { _ = left.Unlock() })
		got, err := awaitLock(base)
		if err != nil || got == nil {
			t.Fatalf("the lock is %v, %v; want it when it is free", got, err)
		}
		unlock(got)
	})
}

func TestClaimOnce(t *testing.T) {
	runtimeDir(t)
	root := t.TempDir()
	first := claim(t, root)
	wantTaken(t, root, os.Getpid())
	claim(t, t.TempDir()).Close() // another project is free

	first.Close()
	if _, err := os.Lstat(first.Socket); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket after Close: %v, want none", err)
	}
	if left, err := os.ReadDir(filepath.Dir(first.Socket)); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v (%v)", left, err)
	}
	again := claim(t, root)
	if again.Socket != first.Socket {
		t.Errorf("the socket is %s, was %s", again.Socket, first.Socket)
	}
	wantTaken(t, root, os.Getpid())
}

// Sessions that come and go exclude each other, although each removes its file.
func TestClaimsInTurn(t *testing.T) {
	runtimeDir(t)
	root := t.TempDir()
	var holders atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for claimed := 0; claimed < 5; {
				c, err := New(root)
				if taken := (*TakenError)(nil); errors.As(err, &taken) {
					runtime.Gosched()
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d hold the claim", n)
				}
				holders.Add(-1)
				c.Close()
				claimed++
			}
		})
	}
	all.Wait()
}

func TestClaimOfAnotherProcess(t *testing.T) {
	runtimeDir(t)
	root := t.TempDir()
	pid, kill := hold(t, root)
	wantTaken(t, root, pid)
	kill()

	base, err := place(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(base + ".sock"); err != nil {
		t.Fatalf("the killed session left no socket, which this test is about: %v", err)
	}
	if _, err := Send(root, "status"); err == nil || !strings.Contains(err.Error(), "no session is running") {
		t.Errorf("Send to a killed session: %v", err)
	}
	c := claim(t, root)
	wantTaken(t, root, os.Getpid())
	conn, err := net.Dial("unix", c.Socket)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestTakenError(t *testing.T) {
	if got := (&TakenError{Root: "/p", PID: 42}).Error(); !strings.Contains(got, "already running in /p, as process 42;") {
		t.Error(got)
	}
	// The other session has not yet written who it is.
	if got := (&TakenError{Root: "/p"}).Error(); !strings.Contains(got, "already running in /p;") {
		t.Error(got)
	}
}

func TestOnlyUsCanConnect(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are not of Windows")
	}
	run := runtimeDir(t)
	dir := filepath.Join(run, "hotreload")
	for _, former := range []fs.FileMode{0, 0o755} { // that it had before; none when it was not there
		if former != 0 {
			if err := os.Chmod(dir, former); err != nil {
				t.Fatal(err)
			}
		}
		c := claim(t, t.TempDir())
		if got := filepath.Dir(c.Socket); got != dir {
			t.Fatalf("the socket is in %s, want %s", got, dir)
		}
		for path, want := range map[string]fs.FileMode{c.Socket: fs.ModeSocket | 0o600, dir: fs.ModeDir | 0o700} {
			info, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode() != want {
				t.Errorf("%s is %v, want %v", path, info.Mode(), want)
			}
		}
	}
}

func TestFallback(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the temporary directory is named by other variables")
	}
	root := t.TempDir()
	long := filepath.Join(shortDir(t), strings.Repeat("x", maxSocketPath))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]string{
		"none":     "",
		"long":     long,
		"relative": ".", // would depend on where one stands
		"missing":  filepath.Join(shortDir(t), "former", "login"),
		"not ours": notOurs(t),
	} {
		t.Run(name, func(t *testing.T) {
			tmp := shortDir(t)
			t.Setenv("TMPDIR", tmp)
			t.Setenv("XDG_RUNTIME_DIR", run)
			c := claim(t, root)
			if want := filepath.Join(tmp, fmt.Sprintf("hotreload-%d", os.Getuid())); filepath.Dir(c.Socket) != want {
				t.Errorf("the socket is %s, want it in %s", c.Socket, want)
			}
			wantTaken(t, root, os.Getpid())
		})
	}
}

// TestFallbackFromALongTMPDIR takes /tmp where the path of a socket would be too long.
func TestFallbackFromALongTMPDIR(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no other")
	}
	long := filepath.Join(shortDir(t), strings.Repeat("x", maxSocketPath))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	for _, run := range []string{"", long} {
		t.Setenv("XDG_RUNTIME_DIR", run)
		root := t.TempDir()
		c := claim(t, root)
		if want := fmt.Sprintf("/tmp/hotreload-%d", os.Getuid()); filepath.Dir(c.Socket) != want {
			t.Errorf("the socket is %s, want it in %s", c.Socket, want)
		}
		wantTaken(t, root, os.Getpid())
	}
}

// notOurs is a directory of another user.
func notOurs(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		return "/"
	}
	dir := shortDir(t)
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPlaceIsNotOurs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the temporary directory of Windows is the user's own")
	}
	for _, test := range []struct {
		name string
		make func(t *testing.T, dir string) error
		want string
	}{
		{"file", func(_ *testing.T, dir string) error { return os.WriteFile(dir, nil, 0o600) }, "not a directory"},
		{"symlink", func(t *testing.T, dir string) error { return os.Symlink(shortDir(t), dir) }, "is not a directory that you own"},
		{"another user's", func(t *testing.T, dir string) error {
			if os.Getuid() != 0 {
				t.Skip("only root can give a directory away")
			}
			if err := os.Mkdir(dir, 0o700); err != nil {
				return err
			}
			return os.Chown(dir, 12345, 12345)
		}, "is not a directory that you own"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(runtimeDir(t), "hotreload")
			if err := test.make(t, dir); err != nil {
				t.Fatal(err)
			}
			c, err := New(t.TempDir())
			if err == nil {
				c.Close()
				t.Fatalf("%s was taken for a place of ours", dir)
			}
			for _, want := range []string{dir, test.want, "set XDG_RUNTIME_DIR"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, without %q", err, want)
				}
			}
			if _, err := Send(t.TempDir(), "status"); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Send: %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestSymlinkIsTheSameProject(t *testing.T) {
	runtimeDir(t)
	root := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Skip(err)
	}
	claim(t, root)
	wantTaken(t, link, os.Getpid())
}

// The app's sockets have a directory that only the user can enter. It is gone after a session
// that ended, and left behind by one that was killed.
func TestPlaceForTheApp(t *testing.T) {
	runtimeDir(t)
	root := t.TempDir()
	c, err := New(root)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(c.Apps)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory is %v, %v; want one of mode 0700", info, err)
	}
	if c.AfterCrash {
		t.Error("the first session comes after a crash")
	}
	c.Close()
	if _, err := os.Stat(c.Apps); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the end: %v, want that it is gone", err)
	}
	// As a killed one leaves it.
	left := filepath.Join(c.Apps, "1.sock")
	if err := errors.Join(os.Mkdir(c.Apps, 0o700), os.WriteFile(left, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	c, err = New(root)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := os.Stat(left); !c.AfterCrash || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after a crash: %t, and what it left: %v; want true, and that it is gone", c.AfterCrash, err)
	}
}
