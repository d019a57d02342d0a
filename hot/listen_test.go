//go:build unix

package hot

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"hotreload/hot/internal/process"
)

// Without anybody a listener is net.Listen's own.
func TestListenAlone(t *testing.T) {
	for name, a := range map[string]*app{"alone": alone(), "after a session that ended": newApp(process.New("/nowhere/1.sock"))} {
		l := listener(t, a)
		if g, ok := l.(*gate); ok {
			l = g.Listener
		}
		if _, ok := l.(*net.TCPListener); !ok {
			t.Errorf("%s: the listener is a %T, want net's own", name, l)
		}
		l.Close()
		if err := a.ready(); err != nil {
			t.Errorf("%s: Ready says %v", name, err)
		}
	}
}

// What is wrong with an address is said as net.Listen says it.
func TestListenFails(t *testing.T) {
	taken := listener(t, alone())
	defer taken.Close()
	a, _ := testDesk(t)
	_, err := a.listen("tcp", taken.Addr().String())
	if err == nil || !strings.Contains(err.Error(), "bind: address already in use") {
		t.Errorf("the error is %v, want that the address is in use", err)
	}
}

// The tool's listener outlives the app's, and connections wait in it meanwhile.
func TestListenerOutlivesItsProcess(t *testing.T) {
	a, desk := testDesk(t)
	l := listener(t, a)
	address := l.Addr().String()
	l.Close()
	if len(desk.Given()) != 1 {
		t.Errorf("given were %v, want one", desk.Given())
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatalf("a connection is refused: %v", err)
	}
	conn.Close()
	two := listener(t, a) // any port: not the same one
	defer two.Close()
	if two.Addr().String() == address {
		t.Errorf("two listeners on any port are both at %s", address)
	}
}

// Nothing is accepted before it may be.
func TestAcceptWaits(t *testing.T) {
	a, desk := testDesk(t)
	l := listener(t, a)
	defer l.Close()
	accepted := make(chan error)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			conn.Close()
		}
		accepted <- err
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	asked := <-desk.Asked()
	select {
	case err := <-accepted:
		t.Fatalf("it accepted unasked: %v", err)
	default:
	}
	desk.Go(context.Background(), asked, nil)
	if err := <-accepted; err != nil {
		t.Error(err)
	}
}

// Without hotreload, by systemd's protocol: by its address, or the only one whatever its own.
func TestActivatedBySystemd(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{"its address": "", "another": "127.0.0.1:1"} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			file, err := l.(*net.TCPListener).File()
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if address == "" {
				address = l.Addr().String()
			}
			cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$0"`, self)
			cmd.Env = append(os.Environ(), "LISTEN_FDS=1", "HOT_TEST_LISTEN="+address, "HOTRELOAD_SOCK=", "GORACE=atexit_sleep_ms=0")
			cmd.ExtraFiles = []*os.File{file}
			var out strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			response, err := client.Get("http://" + l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if string(body) != "active: false" {
				t.Errorf("it answers %q", body)
			}
			if err := cmd.Wait(); err != nil || out.String() != "ended: <nil>\n" {
				t.Errorf("it ended with %v and said %q", err, out.String())
			}
		})
	}
}

func TestIsAt(t *testing.T) {
	tcp := func(text string) net.Addr {
		a, err := net.ResolveTCPAddr("tcp", text)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, test := range []struct {
		have          net.Addr
		network, addr string
		want          bool
	}{
		{tcp("[::]:8080"), "tcp", ":8080", true},
		{tcp("0.0.0.0:8080"), "tcp4", "0.0.0.0:8080", true},
		{tcp("[::]:80"), "tcp", ":http", true},
		{tcp("127.0.0.1:8080"), "tcp", "127.0.0.1:8080", true},
		{tcp("127.0.0.1:8080"), "tcp", ":8080", false},
		{tcp("[::]:8080"), "tcp", "127.0.0.1:8080", false},
		{tcp("[::]:8080"), "tcp", ":8081", false},
		{tcp("[::]:8080"), "tcp", ":0", false},
		{tcp("[::]:8080"), "unix", ":8080", false},
		{tcp("[::]:8080"), "tcp", "8080", false},
		{&net.UnixAddr{Name: "/run/app", Net: "unix"}, "unix", "/run/app", true},
		{&net.UnixAddr{Name: "/run/app", Net: "unix"}, "tcp", ":80", false},
	} {
		if got := isAt(test.have, test.network, test.addr); got != test.want {
			t.Errorf("isAt(%v, %s, %s) = %t", test.have, test.network, test.addr, got)
		}
	}
}
