package session

import (
	"path/filepath"
	"strings"
	"testing"
)

// A name with a newline does not make two lines of what is said about it.
func TestNamesStayOnTheirLine(t *testing.T) {
	root := t.TempDir()
	s := State{View: View{Root: root}}
	const name, want = "a\nhotreload: b\x1b]0;x\a.go", `a\nhotreload: b\x1b]0;x\a.go`
	path := filepath.Join(root, name)
	if got := s.named(path); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	plan := s.decide([]change{{path: path, ruling: ruling{plan: Plan{Rung: Restart, Reason: "is part of package app"}, rerun: "is an env file"}}})
	if plan.Reason != want+" is part of package app" || plan.rerun != want+" is an env file" {
		t.Errorf("%q, %q", plan.Reason, plan.rerun)
	}
	if got := s.relative(path); got != name {
		t.Errorf("an event names it %q", got)
	}
	if step := (&step{State: s}); strings.Contains(step.called(habit{path: path}), "\n") || !strings.Contains(step.filesOf(habit{path: path}), "\n") {
		t.Error("a note names files of a habit in two lines, or a glob leads elsewhere")
	}
}
