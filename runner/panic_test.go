//go:build unix

package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Recorded panics of programs in /home/ann/web.
func TestPanics(t *testing.T) {
	for name, want := range map[string]Panic{
		"handler":   {Message: "runtime error: invalid memory address or nil pointer dereference", Goroutine: "goroutine 20 [running]", File: "handlers/h.go", Line: 9},
		"goroutine": {Message: "a message\n\tof two lines", Goroutine: "goroutine 23 [running]", File: "handlers/h.go", Line: 14},
		"deadlock":  {Message: "all goroutines are asleep - deadlock!", Goroutine: "goroutine 1 [chan receive (nil chan)]", File: "main.go", Line: 8},
		"recovered": {Message: "first [recovered]", Goroutine: "goroutine 1 [running]", File: "main.go", Line: 29},
		"library":   {Message: "runtime error: index out of range [1] with length 0", Goroutine: "goroutine 1 [running]", File: "main.go", Line: 32},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "panics", name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			var r panicReader
			for line := range strings.Lines("a line before\n" + string(text)) {
				r.line(strings.TrimSuffix(line, "\n"))
			}
			got := r.found("/home/ann/web")
			if got == nil {
				t.Fatal("none was found")
			}
			if first, _, _ := strings.Cut(got.Message, "\npanic:"); !strings.HasPrefix(first, want.Message) || got.Goroutine != want.Goroutine || got.File != want.File || got.Line != want.Line {
				t.Errorf("found %+v, want %+v", *got, want)
			}
			if len(got.Trace) == 0 {
				t.Error("the trace is empty")
			}
		})
	}
}

// A panic that a server has caught is complete at the first line that does not belong to it.
func TestPanicIsComplete(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "panics", "handler.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var r panicReader
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if got, want := r.line(line), line == "after it"; got != want {
			t.Errorf("complete at %q: %v", line, got)
		}
	}
}

// A line that only looks like a panic is not one, and an endless message takes no memory.
func TestNoPanic(t *testing.T) {
	var r panicReader
	for _, line := range append([]string{"panic: is what I print"}, strings.Split(strings.Repeat("a line\n", 1000), "\n")...) {
		if r.line(line) {
			t.Errorf("complete at %q", line)
		}
	}
	if p := r.found("/"); p != nil {
		t.Errorf("found %+v", *p)
	}
	if len(r.message) > maxPanicMessage {
		t.Errorf("%d lines are kept", len(r.message))
	}
}
