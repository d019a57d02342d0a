//go:build unix

package runner

import (
	"net"
	"net/http"
	"slices"
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
		address, others := pick(t.Context(), test.named, test.of, test.within)
		if address != test.want || slices.Contains(others, address) || address != "" && len(others) != len(test.of)-1 {
			t.Errorf("%s: %s and %v, want %s", name, address, others, test.want)
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
