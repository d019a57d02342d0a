//go:build unix

package hot

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/internal/appsock"
)

// box is state with a lock of its own.
type box struct {
	sync.Mutex
	Items map[string]int
	Name  string
}

// hand has one app's values handed to another, as hotreload does.
func hand(t *testing.T, from, to *app, desk, next *appsock.Desk) appsock.Kept {
	t.Helper()
	from.process.Attend()
	if err := from.ready(); err != nil {
		t.Fatal(err)
	}
	desk.Drain(appsock.Limits{Within: time.Second, Keep: time.Second})
	kept := desk.Kept(context.Background())
	told := make(chan error, 1)
	go func() { told <- to.ready() }()
	imported := next.Go(context.Background(), <-next.Asked(), kept.State)
	if err := <-told; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"box"}, imported.Carried); diff != "" {
		t.Errorf("carried -want +got:\n%s", diff)
	}
	names := slices.Sorted(maps.Keys(imported.Dropped))
	if diff := cmp.Diff([]string{"gone", "text"}, names); diff != "" {
		t.Errorf("dropped -want +got:\n%s", diff)
	}
	return kept
}

// Values are passed on as JSON. One that does not fit is left as it is and reported, one
// that no Keep claims waits for a later Keep, and invalid JSON does not affect the others.
func TestKeep(t *testing.T) {
	old, oldDesk := testDesk(t)
	next, nextDesk := testDesk(t)
	go func() { oldDesk.Go(context.Background(), <-oldDesk.Asked(), nil) }()

	text, gone := "a text", 7
	old.keep("box", keeperOf(&box{Items: map[string]int{"a": 1}, Name: "old"}))
	old.keep("text", keeperOf(&text))
	old.keep("gone", keeperOf(&gone))
	old.keep("channel", keeperOf(new(chan int)))

	b := box{Items: map[string]int{"b": 2}}
	number := 42
	next.keep("box", keeperOf(&b))
	next.keep("text", keeperOf(&number))
	kept := hand(t, old, next, oldDesk, nextDesk)

	if diff := cmp.Diff(map[string]int{"a": 1, "b": 2}, b.Items); diff != "" || b.Name != "old" {
		t.Errorf("the box is named %q; items -want +got:\n%s", b.Name, diff)
	}
	if number != 42 {
		t.Errorf("what a text did not fit in is %d, want 42 as before", number)
	}
	if why := kept.Errors["channel"]; !strings.Contains(why, "unsupported type") {
		t.Errorf("of the channel it says %q", why)
	}
	late := 0
	next.keep("gone", keeperOf(&late))
	if late != 7 {
		t.Errorf("what is claimed late is %d, want 7", late)
	}
}

// A value is read and written under its lock.
func TestKeepLocks(t *testing.T) {
	b := box{Name: "before"}
	k := keeperOf(&b)
	b.Lock()
	read := make(chan string)
	go func() {
		data, err := k.read()
		if err != nil {
			data = json.RawMessage(err.Error())
		}
		read <- string(data)
	}()
	b.Name = "after"
	b.Unlock()
	if got := <-read; got != `{"Items":null,"Name":"after"}` {
		t.Errorf("it read %s", got)
	}
}

func TestKeepTwice(t *testing.T) {
	a := alone()
	a.keep("n", keeperOf(new(int)))
	defer func() {
		if recover() == nil {
			t.Error("a name was given twice without a panic")
		}
	}()
	a.keep("n", keeperOf(new(int)))
}

// What is kept waits for requests, and not for streams. When the context ends besides, those
// are cut.
func TestStateWaitsForRequests(t *testing.T) {
	for _, stream := range []string{"/events", "/socket"} {
		t.Run(stream, func(t *testing.T) {
			a, desk := testDesk(t)
			b := box{Name: "before"}
			a.keep("box", keeperOf(&b))
			s := serve(t, a)
			desk.Go(context.Background(), <-desk.Asked(), nil)
			for _, path := range []string{stream, "/wait"} {
				s.connect().send(path)
				<-s.begun
			}
			desk.Drain(appsock.Limits{Within: time.Hour, Requests: time.Hour, Keep: time.Hour})
			b.Lock()
			b.Name = "after" // by the request
			b.Unlock()
			s.release <- struct{}{}
			if kept := desk.Kept(context.Background()); string(kept.State["box"]) != `{"Items":null,"Name":"after"}` {
				t.Errorf("%s was kept", kept.State["box"])
			}
			s.end()
			if err := s.ended(); err != nil {
				t.Errorf("Serve returned %v", err)
			}
		})
	}
}

// A request that has not ended in time is told with the state, if there is any.
func TestRequestsThatHoldUpTheState(t *testing.T) {
	for name, keeps := range map[string]bool{"state": true, "no state": false} {
		t.Run(name, func(t *testing.T) {
			a, desk := testDesk(t)
			if keeps {
				a.keep("box", keeperOf(&box{}))
			}
			s := serve(t, a)
			desk.Go(context.Background(), <-desk.Asked(), nil)
			s.connect().send("/wait")
			<-s.begun
			desk.Drain(appsock.Limits{Within: time.Hour, Requests: time.Millisecond, Keep: time.Hour})
			if kept := desk.Kept(context.Background()); kept.State == nil || kept.Busy != keeps {
				t.Errorf("%+v was kept", kept)
			}
			s.release <- struct{}{}
			if err := s.ended(); err != nil {
				t.Errorf("Serve returned %v", err)
			}
		})
	}
}
