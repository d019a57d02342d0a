//go:build unix

package e2e

import (
	"strings"
	"syscall"
	"testing"
)

// unaware is an app that does not know hotreload: its address is a constant, it handles no
// signal, and it exits when ListenAndServe returns.
const unaware = `package main

import (
	"log"
	"net/http"
)

const answer = "one"

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(answer)) })
	log.Fatal(http.ListenAndServe("ADDRESS", nil))
}
`

// aware is the same app after it was changed to use package hot.
const aware = `package main

import (
	"context"
	"log"
	"net/http"

	"example.com/app/internal/hot"
)

const answer = "five"

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(answer)) })
	l, err := hot.Listen("tcp", "ADDRESS")
	if err != nil {
		log.Fatal(err)
	}
	if err := hot.Serve(context.Background(), &http.Server{}, l); err != nil {
		log.Fatal(err)
	}
}
`

// An app that does not know hotreload loses no request: not when the new version is good,
// not when it crashes before or after it took over, and not when the app starts to use
// package hot.
func TestInject(t *testing.T) {
	t.Parallel()
	address := reserve(t)
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": strings.Replace(unaware, "ADDRESS", address, 1),
		".hotreload.toml": "[runner]\nhandover = \"inject\"\n",
	})
	addHot(t, dir, false)
	h := start(t, dir)
	if e := h.await("app.ready"); e.text("via") != "accept" || e.text("address") != address {
		t.Errorf("ready %v, want via accept at %s", e, address)
	}
	h.await("cycle", with("result", "ok"))
	l := startLoad(address, 2)
	now := "one"
	words := []string{"two", "three", "four"}[:rounds(1, 3)]
	for _, next := range words {
		h.edit("main.go", `"`+now+`"`, `"`+next+`"`)
		if e := h.await("plan"); e.text("rung") != "swap" {
			t.Fatalf("plan %v, want a swap", e)
		}
		if e := h.await("swap.done"); e.text("strategy") != "inject" {
			t.Errorf("%v, want the strategy inject", e)
		}
		h.await("cycle", with("result", "ok"), with("rung", "swap"))
		if e := h.await("app.exit"); !e.is("expected") {
			t.Errorf("%v, want the end of the old version", e)
		}
		now = next
	}

	h.edit("main.go", "func main() {\n", "func main() {\n\tlog.Fatal(\"I crash\")\n")
	if e := h.await("app.exit", with("expected", false)); !strings.Contains(e.text("last"), "I crash") {
		t.Errorf("%v, want the crash of the new version", e)
	}
	h.await("cycle", with("result", "failed"), with("rung", "swap"))
	l.end(t)
	if !slowTests {
		return
	}

	h.edit("main.go", "log.Fatal(\"I crash\")", "http."+crashes)
	h.await("swap.done")
	get(address, "/crash")
	if e := h.await("swap.rollback"); e.text("strategy") != "inject" {
		t.Errorf("%v, want the previous version again", e)
	}
	again := h.await("app.ready", with("gen", 1+len(words)))
	if page := get(address, "/"); page != now {
		t.Errorf("the previous version answers %q, want %s", page, now)
	}

	l = startLoad(address, 2)
	h.save("main.go", strings.Replace(aware, "ADDRESS", address, 1)) // still built as an app that does not use hot
	if e := h.await("app.exit", with("pid", again.number("pid"))); !e.is("expected") {
		t.Errorf("%v, want the end of the version that was started again", e)
	}
	h.edit("main.go", `"five"`, `"six"`)
	if e := h.await("swap.done"); e.text("strategy") != "socket" || e.text("reason") != "the app uses hot, so nothing is injected" {
		t.Errorf("%v, want the strategy socket", e)
	}
	if e := h.await("app.exit"); !e.is("expected") || e.number("code") != 0 {
		t.Errorf("%v, want the end of the version that had both", e)
	}
	l.end(t)
	if page := get(address, "/"); page != "six" {
		t.Errorf("%q answers, want six", page)
	}
	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
}
