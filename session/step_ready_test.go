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

// A version that was not ready in time says what was missed, at each start.
func TestMissedReadiness(t *testing.T) {
	for name, test := range map[string]struct{ ready, missed, want string }{
		"runner.ready": {"log:up", "no line that it printed matches log:up", ""},
		"no port": {"", "it opened no TCP port", `. The next versions need not wait; to say when the app is ready, set ready under [runner], ` +
			`for example ready = "log:REGEX" for a line that it prints`},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			p.state.config.Runner.Ready, p.state.config.Runner.ReadyTimeout = test.ready, time.Second
			p.step(settled("page/page.html"))
			p.step(exited(1))
			p.step(started(2))
			p.play(move{runner.Ready{Gen: 2, PID: pid(2), Via: "timeout", Address: "127.0.0.1:1", Missed: test.missed, Took: time.Second}, `
				2 app.ready 200 via timeout 127.0.0.1:1
				2 note: v2 was not ready within 1s (runner.ready_timeout) and counts as running: ` + test.missed + test.want + `
				2 cycle ok, restart: page/page.html is read at run time (watch.include **/*.{html,tmpl,tpl,gohtml})`})
		})
	}
}
