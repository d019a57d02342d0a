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
