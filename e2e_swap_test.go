//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// hotModule is a go.mod of an app that uses package hot, of this very module.
func hotModule(t *testing.T) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return "module example.com/app\n\ngo 1.26.0\n\nrequire hotreload v0.0.0\n\nreplace hotreload => " + here + "\n"
}

// counter is a copy of the example.
func counter(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("examples/counter")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), hotModule(t))
	return dir
}

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

// Under load no request is lost, no visitor goes uncounted, none is counted twice.
func TestSwapUnderLoad(t *testing.T) {
	address := freeAddress(t)
	h := start(t, counter(t), "--", "-addr", address)
	if e := h.await("app.ready"); e.text("via") != "accept" || e.text("address") != address {
		t.Errorf("ready %v, want via accept at %s", e, address)
	}
	h.await("cycle", with("result", "ok"))
	l := startLoad(address, 2)
	h.swaps(5)
	l.end(t)
	numbers := map[string]bool{}
	for answer := range l.answers {
		_, number, _ := strings.Cut(answer, "visitor ")
		if numbers[number] || l.answers[answer] > 1 {
			t.Errorf("there are two visitors %s", number)
		}
		numbers[number] = true
	}
	if page := get(address, "/"); page != fmt.Sprintf("Hello 4! You are visitor %d.\n", len(numbers)+1) {
		t.Errorf("the last page is %q, want visitor %d", page, len(numbers)+1)
	}
	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
}
