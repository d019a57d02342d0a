package session

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/runner"
)

// What can be set is that of the process that runs, and what was set is told.
func TestTunables(t *testing.T) {
	p := running(t)
	list := func(value string) []Tunable {
		return []Tunable{{Name: "rate", Type: "int", Default: []byte("1"), Value: []byte(value)}}
	}
	wants := func(want []Tunable) {
		t.Helper()
		if diff := cmp.Diff(want, p.state.Tunables); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	wants([]Tunable{})
	p.play(move{runner.Tunables{Gen: 1, PID: 100, List: list("1")}, ``})
	wants(list("1"))
	p.play(move{runner.Tunables{Gen: 2, PID: 200, List: list("7")}, ``}) // it does not serve yet
	wants(list("1"))
	p.play(move{
		runner.TunableSet{Gen: 1, PID: 100, Name: "rate", Value: "25", List: list("25")},
		`1 tunable.set rate to 25`,
	})
	wants(list("25"))
	p.step(runner.Exited{Gen: 1, PID: 100})
	wants([]Tunable{})
}
