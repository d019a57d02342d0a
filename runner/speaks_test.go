//go:build unix

package runner

import (
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
)

// What clients want is the port that the config names, else one that speaks HTTP, else the
// first.
func TestPick(t *testing.T) {
	open := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	silent, web := open(), open()
	go http.Serve(web, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a handler was asked") }))
	gone := open()
	gone.Close()
	all := []string{gone.Addr().String(), silent.Addr().String(), web.Addr().String()}
	for name, test := range map[string]struct {
		named  int
		of     []string
		within time.Duration
		want   string
	}{
		"nothing":     {0, nil, time.Hour, ""},
		"one":         {0, all[:1], time.Hour, all[0]},
		"none speaks": {0, all[:2], short, all[0]},
		"one speaks":  {0, all, time.Hour, all[2]},
		"named":       {portOf(all[1]), all, time.Hour, all[1]},
	} {
		address, others := newSpoken().pick(t.Context(), test.named, test.of, test.within)
		if address != test.want || slices.Contains(others, address) || address != "" && len(others) != len(test.of)-1 {
			t.Errorf("%s: %s and %v, want %s", name, address, others, test.want)
		}
	}
}

// A port that has said something else than HTTP is not asked again, and one that has said
// nothing is not asked for ever. None is where it is known which one speaks HTTP.
func TestPickAsksOnce(t *testing.T) {
	var asked [3]atomic.Int32
	all := make([]string, len(asked))
	for n, answer := range []string{"INFO {}\r\n", "", "HTTP/1.1 200 OK\r\n\r\n"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		all[n] = l.Addr().String()
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				asked[n].Add(1)
				io.WriteString(conn, answer)
				conn.Close()
			}
		}()
	}
	s := newSpoken()
	for range 2 * saidNothing {
		if address, _ := s.pick(t.Context(), 0, all[:2], time.Hour); address != all[0] {
			t.Fatalf("it is %s", address)
		}
	}
	for range 2 {
		if address, _ := s.pick(t.Context(), 0, all, time.Hour); address != all[2] {
			t.Fatalf("it is %s, not the one that speaks HTTP", address)
		}
	}
	for n, want := range []int32{1, saidNothing, 1} {
		if got := asked[n].Load(); got != want {
			t.Errorf("port %d was asked %d times, want %d", n, got, want)
		}
	}
}

func TestCovers(t *testing.T) {
	for name, test := range map[string]struct {
		ip, address string
		want        bool
	}{
		"the same":      {"127.0.0.1", "127.0.0.1:80", true},
		"another":       {"::1", "127.0.0.1:80", false},
		"the reverse":   {"127.0.0.1", "[::1]:80", false},
		"all":           {"::", "127.0.0.1:80", true},
		"all of IPv4":   {"0.0.0.0", "127.0.0.1:80", true},
		"not IPv6":      {"0.0.0.0", "[::1]:80", false},
		"a name":        {"::1", "localhost:80", true},
		"the network's": {"192.0.2.7", "127.0.0.1:80", false},
	} {
		if got := covers([]psnet.Addr{{IP: test.ip, Port: 80}}, test.address); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
