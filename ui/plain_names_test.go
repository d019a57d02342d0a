package ui

import "testing"

// A name with control characters gives no orders to the terminal.
func TestPlainEscapes(t *testing.T) {
	const text = "a\x1b]0;title\x07.go is part of package a\u009b2J: build\r\n\tnext\n"
	const want = `hotreload: a\x1b]0;title\a.go is part of package a\u009b2J: build` + "\nhotreload: \tnext\n"
	if got := ours(text); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
