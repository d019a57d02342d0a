//go:build unix

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hotreload/build"
)

// pocketBase is a user's app: a main package of its own that extends PocketBase, which it
// requires as a module. That comes from the module proxy.
func pocketBase(t *testing.T) (dir string) {
	t.Helper()
	if os.Getenv("HOTRELOAD_REAL_PROJECT") == "" {
		t.Skip("set HOTRELOAD_REAL_PROJECT=1 to fetch and build PocketBase")
	}
	dir = module(t, map[string]string{
		"go.mod":  "module example.com/app\n\ngo 1.26.0\n\nrequire github.com/pocketbase/pocketbase v0.36.8\n",
		"main.go": pocketBaseMain,
	})
	tidy := exec.Command("go", "mod", "tidy")
	tidy.Dir = dir
	if out, err := tidy.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

const pocketBaseMain = `package main

import (
	"log"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
)

func main() {
	app := pocketbase.New()
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.InstallerFunc = nil // which opens a browser
		e.Router.GET("/hello", func(r *core.RequestEvent) error { return r.String(200, "one") })
		return e.Next()
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}
`

// A real project of some size: up, an edit is served, an error is reported while the last
// good version answers, its fix is served, and after Ctrl-C nothing is left.
func TestPocketBase(t *testing.T) {
	t.Parallel()
	dir := pocketBase(t)
	// The first build of all its packages is the go command's work, not ours.
	warm := exec.Command("go", "build", "-ldflags=-w", "-buildvcs=false", "-o", os.DevNull, ".")
	warm.Dir = dir
	if out, err := warm.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	address := reserve(t)
	h := start(t, dir, "--", "serve", "--http", address, "--dir", t.TempDir())
	h.await("app.ready").want(with("via", "port"), with("address", address))
	h.await("cycle", with("result", "ok"))
	answers := func(want string) {
		t.Helper()
		if got := get(address, "/hello"); got != want {
			t.Errorf("it answers %q, want %q", got, want)
		}
	}
	answers("one")

	h.edit("main.go", `"one"`, `"two"`)
	h.await("cycle", with("result", "ok"))
	answers("two")

	h.edit("main.go", `"two"`, `three`)
	d := h.await("build.error").diagnostics()[0]
	if d != (diagnostic{"main.go", 14, 82, "error", "undefined: three"}) {
		t.Errorf("diagnostic %+v, want main.go:14:82: undefined: three", d)
	}
	h.await("cycle", with("result", "failed"))
	answers("two")

	h.edit("main.go", `three`, `"three"`)
	h.await("cycle", with("result", "ok"))
	answers("three")

	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	l.Close()
}

// PocketBase does not know hotreload and hands over all the same, with no request lost.
func TestPocketBaseInjected(t *testing.T) {
	dir := pocketBase(t)
	// The first build of all that uses net is the go command's work, not ours.
	warm := build.New(dir, filepath.Join(t.TempDir(), "cache"))
	warm.Injections = filepath.Join(t.TempDir(), "inject")
	if err := warm.Open(); err != nil {
		t.Fatal(err)
	}
	if _, err := warm.Build(t.Context(), build.Request{Package: ".", ID: 1, Inject: true}); err != nil {
		t.Fatal(err)
	}
	if err := warm.Close(); err != nil {
		t.Fatal(err)
	}
	address := reserve(t)
	h := start(t, dir, "--set", "runner.handover=inject", "--", "serve", "--http", address, "--dir", t.TempDir())
	h.await("app.ready").want(with("via", "accept"), with("address", address))
	h.await("cycle", with("result", "ok"))
	l := startLoad(address, 1)
	now := "one"
	for i := range 5 {
		next := fmt.Sprint("edit ", i)
		h.edit("main.go", `"`+now+`"`, `"`+next+`"`)
		h.await("swap.done").want(with("strategy", "inject"))
		h.await("cycle", with("result", "ok"), with("rung", "swap"))
		if got := get(address, "/hello"); got != next {
			t.Errorf("it answers %q, want %q", got, next)
		}
		now = next
	}
	l.end(t)
	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
}

// An app that uses go-systemd's activation works with no change. The package comes
// from the module proxy.
func TestGoSystemd(t *testing.T) {
	t.Parallel()
	if os.Getenv("HOTRELOAD_REAL_PROJECT") == "" {
		t.Skip("set HOTRELOAD_REAL_PROJECT=1 to fetch go-systemd")
	}
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": `package main

import (
	"context"
	"log"
	"net/http"
	"os/signal"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"
)

const answer = "one"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	listeners, err := activation.ListenersWithNames()
	if err != nil || len(listeners["web"]) != 1 {
		log.Fatal(listeners, err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(answer)) })}
	go s.Serve(listeners["web"][0])
	<-ctx.Done()
	s.Shutdown(context.Background())
}
`})
	fetch := exec.Command("go", "get", "github.com/coreos/go-systemd/v22@v22.5.0")
	fetch.Dir = dir
	if out, err := fetch.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	address := reserve(t)
	h := start(t, dir, "--set", `runner.listen=["web=`+address+`"]`)
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "one" {
		t.Errorf("%q answers, want one", got)
	}
	h.edit("main.go", `"one"`, `"two"`)
	if e := h.await("plan"); e.text("rung") != "swap" || !strings.Contains(e.text("reason"), "go-systemd/v22/activation") {
		t.Errorf("plan %v, want a swap because of activation", e)
	}
	h.await("swap.done")
	if got := get(address, "/"); got != "two" {
		t.Errorf("%q answers, want two", got)
	}
	h.quit(syscall.SIGINT)
}
