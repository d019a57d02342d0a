package words

import (
	"testing"

	"hotreload/session"
)

// What happens at instances reads as a sentence. They cannot disturb a terminal.
func TestInstances(t *testing.T) {
	a := session.Agent{Name: "web-1\x1b", Platform: "linux/arm64", Version: 12}
	for want, d := range map[string]session.Data{
		"web-1\\x1b has joined (linux/arm64)":                                               session.AgentJoined{Agent: a},
		"web-1\\x1b is gone: its agent was stopped":                                         session.AgentGone{Agent: a, Reason: "its agent was stopped"},
		"web-1\\x1b has received v12: 1.3 MB in 73 ms":                                      session.AgentUpdate{Agent: a, Bytes: 1_300_000, MS: 73},
		"v12 serves at web-1\\x1b, on 10.0.0.1:80":                                          session.AgentReady{Agent: a, Address: "10.0.0.1:80"},
		"plugin greet was loaded at web-1\\x1b, into the process that runs":                 session.AgentLoaded{Name: a.Name, Plugin: "greet"},
		"v12 failed at web-1\\x1b: panic: oops":                                             session.AgentFailed{Agent: a, Reason: "panic: oops"},
		"web-1\\x1b |     hello":                                                            session.AgentOutput{Name: a.Name, Text: "\thello"},
		"v12 serves at 3 instances, 2400 ms after its build":                                session.RolloutDone{Version: 12, Instances: 3, MS: 2400},
		"v12 serves at 2 instances, 9 ms after its build; at 1 it failed":                   session.RolloutDone{Version: 12, Instances: 2, Failed: 1, MS: 9},
		"v12 failed at web-1\\x1b, which was the first to run it; all run v11: panic: oops": session.RolloutRolledBack{Version: 12, To: 11, Instance: a.Name, Reason: "panic: oops"},
	} {
		var teller Teller
		if got := teller.Tell(session.Update{Event: session.Event{Data: d}}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
