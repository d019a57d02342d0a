package cli

import (
	"slices"
	"testing"

	"hotreload/internal/doctor"
	"hotreload/internal/proxy"
)

// The doctor looks at the port of the proxy and at that of the app behind it, however they are written.
func TestProxyPorts(t *testing.T) {
	for _, test := range []struct {
		config proxy.Config
		want   []doctor.Port
	}{
		{proxy.Config{}, nil},
		{proxy.Config{Listen: ":8080"}, []doctor.Port{{Number: 8080, From: "proxy.listen"}}},
		{proxy.Config{Listen: "[::1]:8080", Target: "h2c://localhost:3000"}, []doctor.Port{{Number: 8080, From: "proxy.listen"}, {Number: 3000, From: "proxy.target"}}},
		{proxy.Config{Listen: ":0"}, nil},
	} {
		if got := proxyPorts(test.config); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %+v, want %+v", test.config, got, test.want)
		}
	}
}
