//go:build unix

package hot

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"hotreload/hot/internal/process"
	"hotreload/internal/appsock"
)

// The test binary is an app, too.
func TestMain(m *testing.M) {
	if address := os.Getenv("HOT_TEST_LISTEN"); address != "" {
		beActivated(address)
		return
	}
	goleak.VerifyTestMain(m)
}

// beActivated is an app that listens where its environment says, answers one request
// and ends.
func beActivated(address string) {
	ctx, cancel := context.WithCancel(context.Background())
	l, err := Listen("tcp", address)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	err = Serve(ctx, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "active: %t", Active())
		cancel()
	})}, l)
	fmt.Println("ended:", err)
}

// testDesk is hotreload's side, and an app that talks to it.
func testDesk(t *testing.T) (*app, *appsock.Desk) {
	t.Helper()
	dir, err := os.MkdirTemp("", "hr") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	sockets := appsock.NewSockets()
	desk, err := appsock.Open(filepath.Join(dir, "1.sock"), sockets)
	if err != nil {
		t.Fatal(err)
	}
	a := newApp(process.New(desk.Path))
	t.Cleanup(func() {
		a.process.HangUp()
		desk.Close()
		sockets.Close()
		os.RemoveAll(dir)
	})
	return a, desk
}

// alone is an app that hotreload does not run.
func alone() *app { return newApp(process.New("")) }

// listener is one on a free port, as an app gets it.
func listener(t *testing.T, a *app) net.Listener {
	t.Helper()
	l, err := a.listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
