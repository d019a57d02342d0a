package session

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What a generator prints is held for a second, and then comes line by line.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &loop{inputs: make(chan input, 8), ctx: context.Background()}
		hear, end := l.follow(3, 1)
		hear("one\ntw")
		time.Sleep(atOnce - time.Nanosecond)
		hear("o\nth")
		synctest.Wait()
		if n := len(l.inputs); n != 0 {
			t.Fatalf("%d inputs within a second, want none", n)
		}
		time.Sleep(time.Nanosecond)
		hear("ree\nfo")
		time.Sleep(endless)
		hear("ur")
		end()
		l.work.Wait()
		close(l.inputs)
		var got []input
		for in := range l.inputs {
			got = append(got, in)
		}
		want := []input{said{3, 1, "one\ntwo\n"}, said{3, 1, "three\n"}, late{3, 1, endless}, said{3, 1, "four"}}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(said{}, late{})); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// One that prints no newline does not fill the memory.
func TestFollowOneWithoutNewlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &loop{inputs: make(chan input, 8), ctx: context.Background()}
		hear, end := l.follow(3, 1)
		hear(strings.Repeat("\r50 %", mostHeld))
		synctest.Wait()
		if n := len(l.inputs); n != 1 {
			t.Errorf("%d inputs, want what is held", n)
		}
		end()
		l.work.Wait()
	})
}

// One that ends at once is not followed.
func TestFollowOneThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &loop{inputs: make(chan input, 8), ctx: context.Background()}
		hear, end := l.follow(3, 1)
		hear("one\n")
		end()
		l.work.Wait()
		if n := len(l.inputs); n != 0 {
			t.Errorf("%d inputs, want none", n)
		}
	})
}
