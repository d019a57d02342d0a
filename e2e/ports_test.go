//go:build unix

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"testing"
)

// reserve returns an address of this host that belongs to the test until it ends: the
// kernel does not hand its port to any other test or connection that asks for a free one.
//
// It is held by a socket that is bound and does not listen. Linux lets an app listen
// beside one such, as both say SO_REUSEADDR (all that Go's net listens with does). Other
// systems do not, so there the port is only likely to be free.
func reserve(t *testing.T) string {
	t.Helper()
	syscall.ForkLock.RLock()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(socket)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" {
		t.Cleanup(func() { syscall.Close(socket) })
	} else {
		defer syscall.Close(socket)
	}
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}

// A reserved port can be listened on, again and again, and is given out once.
func TestReserve(t *testing.T) {
	t.Parallel()
	address := reserve(t)
	for range 2 {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if other := reserve(t); other == address {
				t.Fatalf("%s was given twice", address)
			}
		}
		l.Close()
	}
}

// listening is a listener that stands for another program's server.
func listening(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// port is the port of an address.
func port(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// get returns what a server answers, "" when it does not.
func get(address, path string) string {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + address + path)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return string(body)
}

func awaitAnswer(t *testing.T, address, want string) {
	t.Helper()
	awaitThat(t, fmt.Sprintf("%s answers %q", address, want), func() bool { return get(address, "/") == want })
}
