package runner

import (
	"net"
	"os"
	"slices"
	"testing"

	psnet "github.com/shirou/gopsutil/v4/net"
)

// What a process listens on is what the system's tools say, and nothing that it has open
// besides.
func TestListeners(t *testing.T) {
	var held []net.Conn
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", ":0", "0.0.0.0:0", "127.0.0.2:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("%v", err) // there may be no IPv6
			continue
		}
		defer l.Close()
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		held = append(held, client)
	}
	sockets, err := psnet.ConnectionsPid("tcp", int32(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	compare := func(a, b psnet.Addr) int { return int(a.Port) - int(b.Port) }
	var want []psnet.Addr
	for _, s := range sockets {
		if s.Status == "LISTEN" {
			want = append(want, s.Laddr)
		}
	}
	got := listeners(t.Context(), []int{os.Getpid(), 1 << 30})
	slices.SortFunc(want, compare)
	slices.SortFunc(got, compare)
	if len(got) < len(held) || !slices.Equal(got, want) {
		t.Errorf("it listens on %v, want %v", got, want)
	}
}
