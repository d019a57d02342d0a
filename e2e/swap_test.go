//go:build unix

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// swaps edits the greeting n times, each time when the one before is served.
func (h *tool) swaps(n int) {
	h.t.Helper()
	now := "Welcome"
	for i := range n {
		next := fmt.Sprintf("Hello %d", i)
		h.edit("main.go", `"`+now+`"`, `"`+next+`"`)
		if e := h.await("plan"); e.text("rung") != "swap" {
			h.t.Fatalf("plan %v, want a swap", e)
		}
		if e := h.await("swap.done"); e.text("strategy") != "socket" {
			h.t.Errorf("%v, want the strategy socket", e)
		}
		h.await("cycle", with("result", "ok"), with("rung", "swap"))
		now = next
	}
}

// Under load no request is lost, and each visitor is counted exactly once.
func TestSwapUnderLoad(t *testing.T) {
	t.Parallel()
	address := reserve(t)
	h := start(t, example(t, "counter"), "--", "-addr", address)
	if e := h.await("app.ready"); e.text("via") != "accept" || e.text("address") != address {
		t.Errorf("ready %v, want via accept at %s", e, address)
	}
	h.await("cycle", with("result", "ok"))
	l := startLoad(address, 2)
	swaps := rounds(2, 5)
	h.swaps(swaps)
	l.end(t)
	numbers := map[string]bool{}
	for answer := range l.answers {
		_, number, _ := strings.Cut(answer, "visitor ")
		if numbers[number] || l.answers[answer] > 1 {
			t.Errorf("there are two visitors %s", number)
		}
		numbers[number] = true
	}
	if page := get(address, "/"); page != fmt.Sprintf("Hello %d! You are visitor %d.\n", swaps-1, len(numbers)+1) {
		t.Errorf("the last page is %q, want visitor %d", page, len(numbers)+1)
	}
	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
}

// crashes makes a mux crash the app when it is asked to: so it does once it serves.
const crashes = `HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { go panic("too late") })`

// A version that crashes at its start leaves the old one alone. One that crashes right
// after it took over is rolled back, with its state. No client is refused.
func TestSwapThatCrashes(t *testing.T) {
	t.Parallel()
	address := reserve(t)
	h := start(t, example(t, "counter"), "--", "-addr", address)
	h.await("cycle", with("result", "ok"))
	get(address, "/")

	h.edit("main.go", "	flag.Parse()\n", "	flag.Parse()\n	log.Fatal(\"I crash\")\n")
	if e := h.await("app.exit"); e.number("gen") != 2 || e.is("expected") || e.number("code") != 1 || !strings.Contains(e.text("last"), "I crash") {
		t.Errorf("%v, want the crash of version 2", e)
	}
	h.await("cycle", with("result", "failed"), with("rung", "swap"))
	if page := get(address, "/"); page != "Welcome! You are visitor 2.\n" {
		t.Errorf("the old version answers %q", page)
	}

	h.edit("main.go", "log.Fatal(\"I crash\")", "http.HandleFunc(\"/\", nil)") // panics
	h.await("app.exit", with("gen", 3), with("expected", false))
	h.await("cycle", with("result", "failed"), with("rung", "swap"))

	text := strings.Replace(read(t, filepath.Join(h.dir, "main.go")), "\thttp.HandleFunc(\"/\", nil)\n", "", 1)
	h.save("main.go", strings.Replace(text, "mux := http.NewServeMux()\n", "mux := http.NewServeMux()\n\tmux."+crashes+"\n", 1))
	h.await("swap.done")
	h.await("cycle", with("result", "ok"))
	get(address, "/crash")
	if e := h.await("app.exit", with("expected", false)); e.number("gen") != 4 || e.number("code") != 2 {
		t.Errorf("%v, want the crash of version 4", e)
	}
	if e := h.await("swap.rollback"); e.number("gen") != 4 || e.number("to") != 1 || e.text("reason") != "it exited with status 2" {
		t.Errorf("%v, want version 1 again", e)
	}
	h.await("app.start", with("gen", 1))
	if page := get(address, "/"); page != "Welcome! You are visitor 3.\n" { // a connection waits until it is there
		t.Errorf("the previous version answers %q", page)
	}
	h.edit("main.go", "mux."+crashes, "log.Print(\"fixed\")")
	h.await("cycle", with("result", "ok"), with("rung", "swap"))
	if page := get(address, "/"); page != "Welcome! You are visitor 4.\n" {
		t.Errorf("the fixed version answers %q", page)
	}
	h.quit(syscall.SIGINT)
}

// An app that keeps nothing: both versions accept side by side for a moment.
func TestSwapUnderLoadWithoutState(t *testing.T) {
	t.Parallel()
	slow(t)
	address := reserve(t)
	dir := example(t, "counter")
	source := filepath.Join(dir, "main.go")
	write(t, source, strings.Replace(read(t, source), "hot.Keep(", "_ = fmt.Sprint(", 1))
	h := start(t, dir, "--", "-addr", address)
	h.await("cycle", with("result", "ok"))
	l := startLoad(address, 2)
	h.swaps(5)
	l.end(t)
	h.quit(syscall.SIGINT)
}

// activated is an app that takes its listener by systemd's protocol alone.
const activated = `package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

const answer = "one"

func main() {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		log.Fatal("not activated")
	}
	l, err := net.FileListener(os.NewFile(3, os.Getenv("LISTEN_FDNAMES")))
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(answer)) })}
	ended := make(chan error)
	go func() {
		<-ctx.Done()
		ended <- s.Shutdown(context.Background())
	}()
	s.Serve(l)
	if err := <-ended; err != nil {
		log.Fatal(err)
	}
}
`

// An app that expects LISTEN_FDS swaps without a change, and no client is refused.
func TestSwapOfAnActivatedApp(t *testing.T) {
	slow(t)
	t.Parallel()
	address := reserve(t)
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": activated,
		".hotreload.toml": "[runner]\nlisten = [\"" + address + "\"]\n",
	})
	h := start(t, dir)
	if e := h.await("app.ready"); e.text("via") != "accept" || e.text("address") != address {
		t.Errorf("ready %v, want via accept at %s", e, address)
	}
	h.await("cycle", with("result", "ok"))
	now := "one"
	for _, next := range []string{"two", "three"} {
		h.edit("main.go", `"`+now+`"`, `"`+next+`"`)
		if e := h.await("plan"); e.text("rung") != "swap" || !strings.Contains(e.text("reason"), "runner.listen") {
			t.Errorf("plan %v, want a swap because of runner.listen", e)
		}
		h.await("swap.done")
		h.await("cycle", with("result", "ok"))
		if got := get(address, "/"); got != next {
			t.Errorf("%q answers, want %s", got, next)
		}
		if e := h.await("app.exit"); !e.is("expected") || e.number("code") != 0 {
			t.Errorf("%v, want the end of the old version in good order", e)
		}
		now = next
	}
	h.quit(syscall.SIGINT)
}

// hotreload is killed at each step of a swap: no process is left, and the next start works.
func TestKilledDuringASwap(t *testing.T) {
	slow(t)
	t.Parallel()
	address := reserve(t)
	dir := example(t, "counter")
	steps := []string{"build.start", "build.ok", "app.start", "app.ready", "swap.done", "app.exit"}
	killedAt(t, dir, "Welcome", address, steps, "--", "-addr", address)
}

// The same behind the proxy, both where the old version is stopped first and where not.
func TestKilledDuringASwapBehindTheProxy(t *testing.T) {
	slow(t)
	t.Parallel()
	for name, own := range map[string]bool{"PORT": false, "a port of its own": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := module(t, map[string]string{"go.mod": goMod, "main.go": listener})
			address, behind := reserve(t), reserve(t)
			args := []string{"--set", "proxy.listen=" + address, "--", port(t, behind)}
			if own {
				args = append([]string{"--set", "proxy.target=" + behind}, args...)
			}
			killedAt(t, dir, "one", address, []string{"app.start", "app.exit"}, args...)
		})
	}
}

// killedAt starts sessions one after another, and kills each at another event of an edit.
// The app's answer begins with now.
func killedAt(t *testing.T, dir, now, address string, steps []string, args ...string) {
	t.Helper()
	var killed []*tool
	var h *tool
	for i, step := range append(steps, "") {
		if h == nil {
			h = start(t, dir, args...)
		} else {
			h = h.again(args...)
		}
		h.await("cycle", with("result", "ok"))
		if page := get(address, "/"); !strings.HasPrefix(page, now) {
			t.Errorf("before it is killed at %s the page is %q, want %s", step, page, now)
		}
		if step == "" {
			h.quit(syscall.SIGINT)
			break
		}
		next := fmt.Sprintf("Hello %d", i)
		h.edit("main.go", `"`+now+`"`, `"`+next+`"`)
		h.await(step)
		h.quit(syscall.SIGKILL)
		killed, now = append(killed, h), next
	}
	for _, h := range killed {
		h.awaitNone()
	}
}
