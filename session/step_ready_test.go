package session

import (
	"testing"
	"time"

	"hotreload/build"
	"hotreload/runner"
)

// A process that was started while the graph was being listed is ready as soon
// as both are known: that it runs, and that it cannot open a port.
func TestReadyOnceItIsKnownThatThereIsNoPort(t *testing.T) {
	for name, inputs := range map[string][]input{
		"the graph comes last":  {runner.Started{Gen: 2, PID: 200}, listed{id: 1, graph: &build.Graph{}}},
		"the graph comes first": {listed{id: 1, graph: &build.Graph{}}, runner.Started{Gen: 2, PID: 200}},
	} {
		t.Run(name, func(t *testing.T) {
			s := State{listing: listing{last: 1, underWay: true}, service: service{applying: &applying{gen: 2, listens: true}}}
			for _, in := range inputs {
				s, _ = s.apply(time.Now(), in, nil)
			}
			if !s.Serving.Ready || s.service.applying != nil || s.Cycle.Result != OK {
				t.Errorf("ready %v, cycle %q; want it ready and its cycle ok", s.Serving.Ready, s.Cycle.Result)
			}
		})
	}
}
