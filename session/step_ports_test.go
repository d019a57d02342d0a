package session

import (
	"testing"

	"hotreload/runner"
)

// Which port clients want may turn out after the app was ready.
func TestMoved(t *testing.T) {
	p := running(t)
	moved := runner.Moved{Gen: 1, PID: pid(1), Address: "localhost:8081", Others: []string{"localhost:8080"}}
	p.play(move{moved, `1 note: v1 listens on localhost:8081, too, and answers HTTP there, not on localhost:8080`})
	if got := p.state.Serving.Address; got != "localhost:8081" {
		t.Errorf("the app is shown at %s, want localhost:8081", got)
	}
	moved.PID = pid(7)
	p.play(move{moved, ``})
}

// That the proxy leads to what is no HTTP server is said, with the other ports.
func TestNotHTTP(t *testing.T) {
	p := running(t)
	p.play(move{runner.NotHTTP{Gen: 1, PID: pid(1), Address: "localhost:8081", Others: []string{"localhost:8082"}},
		`1 note: the app answers no HTTP on localhost:8081, where the proxy sends requests; it also listens on localhost:8082. Say where it serves HTTP in [proxy], such as target = "localhost:8082"`})
}

// An app that replaces itself goes on under another process ID. What a process beside it does
// is its own matter.
func TestReplaced(t *testing.T) {
	p := running(t)
	was, now := pid(1), pid(9)
	ready := runner.Ready{Gen: 1, PID: now, Via: "port", Address: "localhost:8081"}
	p.play(move{runner.Replaced{Gen: 1, PID: now, Was: was, Ready: &ready}, `
		1 app.start 900 replaces 100
		1 app.ready 900 via port localhost:8081`})
	if s := p.state.Serving; s.PID != now || s.Gen != 1 || !s.Ready || s.Address != "localhost:8081" {
		t.Errorf("%+v serves, want process %d", s, now)
	}
	p.play(move{runner.Replaced{Gen: 1, PID: pid(8), Was: was}, `1 app.start 800 replaces 100`})
	if p.state.Serving.PID != now {
		t.Errorf("process %d serves, want %d", p.state.Serving.PID, now)
	}
	p.play(move{runner.Exited{Gen: 1, PID: now, Code: 7}, `1 app.exit 900 with 7`})
	if p.state.Serving.PID != 0 {
		t.Error("it serves after its end")
	}
}
