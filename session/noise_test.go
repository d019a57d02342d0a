package session

import (
	"testing"
	"time"
)

// A file is no longer reported after some changes in a row, until it has been quiet.
func TestHeard(t *testing.T) {
	var n noise
	now := time.Unix(1000, 0)
	hear := func(pause time.Duration) (muted bool) {
		now = now.Add(pause)
		var paths []string
		n, paths = n.heard([]string{"a"}, now)
		return len(paths) > 0
	}
	for i := range maxRounds - 1 {
		if hear(time.Second) || n.hides("a", now) {
			t.Fatalf("it is no longer reported after %d changes", i+1)
		}
	}
	if !hear(time.Second) || !n.hides("a", now) || n.hides("b", now) {
		t.Error("after some changes in a row it is still reported, or others are not")
	}
	if n.hides("a", now.Add(rest)) {
		t.Error("once it has been quiet its change is not reported")
	}
	if hear(rest) || !n.hides("a", now.Add(1)) {
		t.Error("after one more change it is reported, or a note says again that it is not")
	}
	n, _ = noise{}.heard([]string{"a"}, now)
	if n, _ = n.heard([]string{"b"}, now.Add(rest)); len(n) != 1 {
		t.Errorf("it remembers %v, want only what changed last", n)
	}
}
