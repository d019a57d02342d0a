package tui

import (
	"testing"

	"hotreload/internal/fleet"
	"hotreload/session"
	"hotreload/ui/internal/recorded"
)

// The list of instances says how each fares, and how to make another one; what they print is
// among the output, with their names.
func TestInstances(t *testing.T) {
	s := plainStage(t)
	s.press("I")
	s.has("there are no instances elsewhere")
	r := &recorded.Recording{State: s.status.state, Gen: 2}
	r.Serve(2, "localhost:8080")
	r.State.Elsewhere.Join = "hotreload agent nats://127.0.0.1:4222/shop/KEY"
	instance := func(name string, c fleet.Condition, version int) fleet.Instance {
		return fleet.Instance{Status: fleet.Status{Name: name, Platform: "linux/arm64", Condition: c, Version: version, Bytes: 1325, MS: 73, Reason: "panic: \x1b[2Joops"}}
	}
	web2 := instance("web-2", fleet.Failing, 2)
	web2.Serving = fleet.Process{Version: 1, PID: 7}
	r.State.Elsewhere.Instances = []fleet.Instance{instance("web-1", fleet.Serving, 2), web2}
	r.Tell(session.AgentOutput{Name: "web-1", Stream: "stdout", Text: "a request"})
	s.feed(r.Updates...)
	s.has("web-1 | a request")
	s.has("1 of 2 instances")
	s.press("I")
	s.has("● v2 ready")
	s.has("1 kB in 73 ms")
	s.has("✗ v2 failed")
	s.has("v1 serves")
	s.has("oops")
	s.has("hotreload agent nats://127.0.0.1:4222/shop/KEY")
	s.press("I")
	s.has("web-1 | a request")
}
