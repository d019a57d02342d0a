package control

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A session that no longer accepts is not taken for none, and nobody waits for it forever.
func TestSendToOneThatDoesNotAccept(t *testing.T) {
	runtimeDir(t)
	root := t.TempDir()
	base, err := place(root)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: base + ".sock"}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	for { // until no more wait
		conn, err := net.Dial("unix", base+".sock")
		if err != nil {
			break
		}
		defer conn.Close()
	}
	if _, err := askWithin(time.Minute, root, request{Command: "status"}); err == nil || !strings.Contains(err.Error(), "hangs") {
		t.Errorf("the error is %v, want that the session hangs", err)
	}
}
