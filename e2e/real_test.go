//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hotreload/build"
)

// PocketBase is a real project of some size: up, an edit is served, an error is
// reported while the last good version answers, its mend is served, and after
// Ctrl-C nothing is left. It comes from the module proxy, so this runs when
// HOTRELOAD_REAL_PROJECT is set, as it is in CI.
func TestPocketBase(t *testing.T) {
	t.Parallel()
	if os.Getenv("HOTRELOAD_REAL_PROJECT") == "" {
		t.Skip("set HOTRELOAD_REAL_PROJECT=1 to fetch and build PocketBase")
	}
	dir := download(t, "github.com/pocketbase/pocketbase@v0.36.8")
	// The first build of all its packages is the go command's work, not ours.
	warm := exec.Command("go", "build", "-ldflags=-w", "-buildvcs=false", "-o", os.DevNull, "./examples/base")
	warm.Dir = dir
	if out, err := warm.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	address := reserve(t)
	h := start(t, dir, "./examples/base", "--", "serve", "--http", address, "--dir", t.TempDir())
	h.await("app.ready").want(with("via", "port"), with("address", address))
	h.await("cycle", with("result", "ok"))

	const healthy = `"code":200`
	h.edit("examples/base/main.go", "func main() {\n", "func main() {\n\tprintln(\"edited\")\n")
	h.await("app.output", contains("text", "edited"))
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/api/health"); !strings.Contains(got, healthy) {
		t.Errorf("the edited version answers %q", got)
	}

	h.edit("examples/base/main.go", `println("edited")`, `printn("edited")`)
	d := h.await("build.error").diagnostics()[0]
	if d != (diagnostic{"examples/base/main.go", 20, 2, "error", "undefined: printn"}) {
		t.Errorf("diagnostic %+v, want examples/base/main.go:20:2: undefined: printn", d)
	}
	h.await("cycle", with("result", "failed"))
	if got := get(address, "/api/health"); !strings.Contains(got, healthy) {
		t.Errorf("the last good version answers %q", got)
	}

	h.edit("examples/base/main.go", `printn("edited")`, `println("mended")`)
	h.await("app.output", contains("text", "mended"))
	h.await("cycle", with("result", "ok"))
	response, err := http.Get("http://" + address + "/api/health")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()

	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	l.Close()
}

// PocketBase knows nothing of hotreload and hands over all the same, with no request lost.
func TestPocketBaseInjected(t *testing.T) {
	if os.Getenv("HOTRELOAD_REAL_PROJECT") == "" {
		t.Skip("set HOTRELOAD_REAL_PROJECT=1 to fetch and build PocketBase")
	}
	dir := download(t, "github.com/pocketbase/pocketbase@v0.36.8")
	// The first build of all that uses net is the go command's work, not ours.
	warm := build.New(dir, filepath.Join(t.TempDir(), "cache"))
	warm.Injections = filepath.Join(t.TempDir(), "inject")
	if err := warm.Open(); err != nil {
		t.Fatal(err)
	}
	if _, err := warm.Build(t.Context(), build.Request{Package: "./examples/base", ID: 1, Inject: true}); err != nil {
		t.Fatal(err)
	}
	if err := warm.Close(); err != nil {
		t.Fatal(err)
	}
	address := reserve(t)
	h := start(t, dir, "--set", "runner.handover=inject", "./examples/base", "--", "serve", "--http", address, "--dir", t.TempDir())
	h.await("app.ready").want(with("via", "accept"), with("address", address))
	h.await("cycle", with("result", "ok"))
	l := startLoad(address, 1)
	before := "func main() {\n"
	for i := range 5 {
		after := fmt.Sprintf("func main() {\n\tprintln(\"edit %d\")\n", i)
		h.edit("examples/base/main.go", before, after)
		h.await("app.output", contains("text", fmt.Sprint("edit ", i)))
		if e := h.await("swap.done"); e.text("strategy") != "inject" {
			t.Errorf("%v, want the strategy inject", e)
		}
		h.await("cycle", with("result", "ok"), with("rung", "swap"))
		before = after
	}
	l.end(t)
	if got := get(address, "/api/health"); !strings.Contains(got, `"code":200`) {
		t.Errorf("the edited version answers %q", got)
	}
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

// download copies a module out of the module cache into a directory that can be
// written.
func download(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	if err != nil {
		t.Fatalf("download %s: %v: %s", module, err, out)
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(found.Dir)); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return os.Chmod(path, info.Mode()|0o200)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
