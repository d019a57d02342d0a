//go:build unix

package appsock

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"hotreload/internal/appsock/wire"
)

// What a process says before it ends is heard, however soon after it the desk is closed: the
// state that it hands over is the last thing that it says.
func TestLastWords(t *testing.T) {
	for name, before := range map[string][]wire.Message{
		"alone":                           nil,
		"after a question without answer": {{Accept: &wire.Accept{Keeps: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				d := newDesk(t)
				a := dial(t, d, wire.Message{Attend: &wire.Attend{PID: 1, Protocol: Protocol}})
				a.say(wire.Message{Ready: &struct{}{}})
				<-d.Ready()
				kept := make(chan Kept)
				go func() {
					d.Drain(Limits{Within: time.Second, Keep: time.Hour})
					kept <- d.Kept(context.Background())
				}()
				a.hear()
				for _, m := range before {
					a.say(m)
				}
				a.say(wire.Message{Draining: &wire.Draining{Serves: true}})
				a.say(wire.Message{Kept: &wire.Kept{State: State{"n": json.RawMessage("7")}}})
				a.conn.Close()
				d.Close()
				if got := <-kept; string(got.State["n"]) != "7" {
					t.Fatalf("%+v was heard, want the state", got)
				}
			}
		})
	}
}
