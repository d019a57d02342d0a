package watch

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestLimit polls what the kernel allows no watch for. It does so in a user
// namespace, whose limit applies to no other process.
func TestLimit(t *testing.T) {
	t.Parallel()
	const inside = "WATCH_TEST_LIMITED"
	if os.Getenv(inside) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLimit$", "-test.v")
		cmd.Env = append(os.Environ(), inside+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
		out, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState == nil || strings.Contains(string(out), "--- SKIP") {
			t.Skipf("no namespace to lower the limit in: %v\n%s", err, out)
		}
		if err != nil {
			t.Errorf("in the namespace: %v\n%s", err, out)
		}
		return
	}
	if err := os.WriteFile("/proc/sys/user/max_inotify_watches", []byte("3"), 0); err != nil {
		t.Skip(err)
	}
	p := newProject(t, "main.go", "a/a.go", "b/b.go", "c/c.go", "d/d/d.go")
	p.mode = "limited"
	info := p.watch(DefaultConfig(), p.scope([]string{".", "a", "b", "c", "d/d"}, nil))
	if info.Backend != "inotify+poll" {
		t.Errorf("the backend is %s", info.Backend)
	}
	if len(p.noted) != 1 || !strings.Contains(p.noted[0], "sysctl fs.inotify.max_user_watches") {
		t.Errorf("the notes are %q", p.noted)
	}
	p.write("main.go")
	p.write("a/a.go")
	p.write("c/c.go")
	p.write("d/d/d.go")
	p.rename("b", "e")
	p.write("e/f/g.go")
	p.expect("a/a.go", "b", "b/b.go", "c/c.go", "d/d/d.go", "e/b.go", "e/f/g.go", "main.go")
	p.write("e/f/g.go")
	p.remove("a")
	p.expect("a", "a/a.go", "e/f/g.go")

	if err := os.WriteFile("/proc/sys/user/max_inotify_instances", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
	p = newProject(t, "main.go", "a/a.go")
	p.mode = "limited"
	info = p.watch(DefaultConfig(), p.scope([]string{".", "a"}, nil))
	if info.Backend != "poll" || len(p.noted) != 1 || !strings.Contains(p.noted[0], "sysctl fs.inotify.max_user_instances") {
		t.Errorf("without instances the backend is %s and the notes are %q", info.Backend, p.noted)
	}
}
