package session

import "hotreload/runner"

// This file holds the steps that find a panic in what the app prints.

// watchPanic looks for a panic in complete lines. What a server has caught shows
// while it goes on.
func (t *step) watchPanic(lines []string) {
	for _, line := range lines {
		if t.panics.Line(line) {
			t.Panic = t.panics.Panic(t.Root)
			t.panics = runner.PanicReader{}
		}
	}
}

// endOfPanic takes a panic that the app ended with.
func (t *step) endOfPanic() {
	if p := t.panics.Panic(t.Root); p != nil && t.Panic == nil {
		t.Panic = p
	}
	t.panics = runner.PanicReader{}
}
