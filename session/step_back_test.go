package session

import (
	"testing"

	"hotreload/watch"
)

// What failed, or is about to fail, because the project's directory was away is tried again
// when that is back. Nothing else is.
func TestBack(t *testing.T) {
	back := watch.Batch{Settled: true, Back: true}
	const again = `
		> build . #3 over #1
		3 plan build, restart: the project's directory is back
		3 build.start`
	for name, test := range map[string]struct {
		before []input
		last   move
	}{
		"all is well":      {nil, move{back, ``}},
		"the build failed": {[]input{settled("main.go"), bad(2)}, move{back, again}},
		"while it builds": {[]input{settled("main.go")}, move{back, `
			> cancel the build
			2 build.cancel: the project's directory is back` + again}},
		"the start failed": {[]input{settled("main.go"), good(2), exited(1), started(2), crashed(2, 1)}, move{back, `
			> build . #3 over #2
			3 plan build, restart: the project's directory is back
			3 build.start`}},
		"and its build is the same": {[]input{settled("main.go"), good(2), exited(1), started(2), crashed(2, 1), back}, move{same(3, 2), `
			3 build.ok same
			> run #2 as v3`}},
		"after a pause": {[]input{settled("main.go"), bad(2), CommandPause, back}, move{CommandResume, `
			2 resumed` + again}},
		"changes lead to a build": {[]input{settled("main.go"), bad(2)}, move{
			watch.Batch{Paths: []string{"page/page.go"}, Settled: true, Back: true}, `
			3 change page/page.go
			> build . #3 over #1
			3 plan build, restart: page/page.go is part of package example.com/app/page
			3 build.start`}},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			for _, in := range test.before {
				p.step(in)
			}
			p.play(test.last)
		})
	}
}
