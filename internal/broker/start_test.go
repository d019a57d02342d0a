package broker_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotreload/internal/broker"
	"hotreload/internal/broker/brokertest"
)

// Why a broker cannot run is said, by the one that knows.
func TestCannotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, s := range map[string]broker.Settings{
		"address already in use": {Listen: taken.Addr().String(), Store: t.TempDir()},
		"not a directory":        {Listen: "127.0.0.1:0", Store: filepath.Join(file, "store")},
		"missing port":           {Listen: "here"},
		"no such file":           {Listen: "127.0.0.1:0", Certificate: "absent.pem", Key: "absent.pem"},
	} {
		b, _, err := broker.Start(brokertest.Program(t), s)
		if err == nil {
			b.Stop()
			t.Errorf("it runs, and should say: %s", want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("it says %v, want %s", err, want)
		}
	}
}
