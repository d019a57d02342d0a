//go:build unix

package watch

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// TestUnlocked reports what a chmod makes readable: a build that failed for want of it succeeds now.
func TestUnlocked(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		asNobody(t)
		return
	}
	for _, poll := range []string{"off", "1h"} {
		t.Run(poll, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, "main.go", "sub/b.go", "shut/c.go", "shut/deep/d.go")
			p.must(os.Chmod(p.path("sub/b.go"), 0))
			c := DefaultConfig()
			c.Poll = poll
			p.watch(c, p.scope([]string{".", "sub", "shut", "shut/deep"}, nil))
			chmod := func(name string, mode os.FileMode, want ...string) {
				t.Helper()
				p.must(os.Chmod(p.path(name), mode))
				p.expect(want...)
			}
			chmod("sub/b.go", 0o200)
			chmod("sub/b.go", 0o644, "sub/b.go")
			chmod("sub/b.go", 0o600)
			chmod("main.go", 0o200, "main.go")
			chmod("main.go", 0o644, "main.go")
			p.write("new.go")
			p.must(os.Chmod(p.path("new.go"), 0))
			p.expect("new.go")
			chmod("new.go", 0o400, "new.go")
			chmod("shut", 0, "shut/c.go", "shut/deep", "shut/deep/d.go")
			chmod("shut", 0o755, "shut/c.go", "shut/deep/d.go")
			p.write("shut/c.go")
			p.expect("shut/c.go")
		})
	}
}

// asNobody runs a test as a user from whom something can be kept.
func asNobody(t *testing.T) {
	const nobody = 65534
	if runtime.GOOS != "linux" {
		t.Skip("the superuser may read anything")
	}
	temp, err := os.MkdirTemp("", "unlocked")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	if err := os.Chown(temp, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$") // others may not enter the directory that it is in
	cmd.Dir = temp
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "HOME="+temp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
