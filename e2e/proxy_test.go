//go:build unix

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// listener is an app that does not know hotreload: it listens on PORT or, if that is not
// set, on its argument, and it exits at once when it is asked to stop.
const listener = `package main

import (
	"cmp"
	"log"
	"net/http"
	"os"
)

const answer = "one"

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(answer)) })
	log.Fatal(http.ListenAndServe("127.0.0.1:"+cmp.Or(os.Getenv("PORT"), os.Args[1]), nil))
}
`

// Behind the proxy no request is lost under load, whether the app listens on PORT or on a
// port of its own; a failed build is shown in the browser; a version that crashes is rolled
// back.
func TestSwapBehindTheProxy(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]bool{"PORT": false, "a port of its own": true} {
		t.Run(name, func(t *testing.T) {
			if !own {
				slow(t)
			}
			t.Parallel()
			dir := module(t, map[string]string{"go.mod": goMod, "main.go": strings.Replace(listener, "log.Fatal", "log.Fatl", 1)})
			address, behind := reserve(t), reserve(t)
			args := []string{"--set", "proxy.listen=" + address}
			if own {
				args = append(args, "--set", "proxy.target="+behind)
			}
			h := start(t, dir, append(args, "--", port(t, behind))...)
			h.await("cycle", with("result", "failed"))
			if page := get(address, "/"); !strings.HasPrefix(page, "hotreload: The build failed\n") || !strings.Contains(page, "undefined: log.Fatl") {
				t.Errorf("the page of a failed build is %q", page)
			}
			h.edit("main.go", "log.Fatl", "log.Fatal")
			if e := h.await("app.ready"); e.text("via") != "port" || e.text("address") != "localhost:"+port(t, address) || (e.text("target") == behind) != own {
				t.Errorf("ready %v, want the proxy's address, %s", e, address)
			}
			h.await("cycle", with("result", "ok"))

			l := startLoad(address, 2)
			now := "one"
			words := []string{"two", "three", "four"}[:rounds(1, 3)]
			for _, next := range words {
				h.edit("main.go", `"`+now+`"`, `"`+next+`"`)
				if e := h.await("plan"); e.text("rung") != "swap" || own != strings.HasSuffix(e.text("reason"), "requests wait at the proxy meanwhile") {
					t.Errorf("plan %v, want a swap, and that requests wait if they do", e)
				}
				if e := h.await("swap.done"); e.text("strategy") != "proxy" {
					t.Errorf("%v, want the strategy proxy", e)
				}
				h.await("cycle", with("result", "ok"), with("rung", "swap"))
				if got := get(address, "/"); got != next {
					t.Errorf("%q answers, want %s", got, next)
				}
				now = next
			}
			h.edit("main.go", "func main() {", "func main() {\n\tlog.Fatal(\"I crash\")")
			h.await("app.exit", with("expected", false))
			h.await("cycle", with("result", "failed"), with("rung", "swap"))
			if own {
				h.await("swap.rollback", with("strategy", "proxy"), with("to", 2+len(words)))
				h.await("app.ready", with("gen", 2+len(words)))
			}
			l.end(t)
			if status := h.quit(syscall.SIGINT); status != 0 {
				t.Errorf("exit status %d, want 0", status)
			}
		})
	}
}

// A proxy whose port is taken is one error that names the holder.
func TestProxyPortIsTaken(t *testing.T) {
	t.Parallel()
	l := listening(t)
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": server, ".hotreload.toml": fmt.Sprintf("[proxy]\nlisten = %q\n", l.Addr()),
	})
	out, err := command(t, dir).CombinedOutput()
	want := fmt.Sprintf("another program listens on %s, the address of the proxy; end it, or set proxy.listen to another address: process %d holds it (", l.Addr(), os.Getpid())
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 || !strings.Contains(string(out), want) || strings.Count(string(out), "\n") > 1 {
		t.Errorf("%v, having said %q; want status 1 and %q", err, out, want)
	}
}
