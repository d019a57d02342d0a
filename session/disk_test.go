package session

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotreload/build"
	"hotreload/runner"
	"hotreload/watch"
)

// A step is told about the files that its input names, those that wait for a command's
// end if it may end, and, when the graph is new, about all that was judged by the former
// one. What comes often is told nothing.
func TestAsks(t *testing.T) {
	s := State{}
	s.changes.open = &batch{changes: of("o")}
	s.changes.backlog = backlog{}.add(itsTurn, of("p")).add(theBuildEnds, of("h"))
	s.builds.job = &job{changes: of("j")}
	for name, test := range map[string]struct {
		in   input
		want []string
	}{
		"a batch":       {watch.Batch{Paths: []string{"a", "b"}}, []string{"a", "b", "h"}},
		"a build":       {built{wrote: []build.Written{{Path: "w"}}}, []string{"h", "w"}},
		"a generator":   {generated{wrote: []build.Written{{Path: "w"}}}, []string{"h", "w"}},
		"a new watcher": {rewatched{}, []string{"h", "o"}},
		"a new graph":   {listed{}, []string{"h", "j", "o", "p"}},
		"a new config":  {reloaded{}, []string{"h"}},
		"a command":     {CommandRestart, []string{"h"}},
		"output":        {runner.Output{}, nil},
		"a key":         {Typed{}, nil},
		"a size":        {Resized{}, nil},
		"a value":       {Setting{}, nil},
		"progress":      {compiles{}, nil},
		"a note":        {noted{}, nil},
		"an event":      {runner.Started{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := slices.Compact(slices.Sorted(slices.Values(s.asks(test.in))))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The end of a load may bring the result of a build, and so what waited for that.
func TestAsksDuringLoad(t *testing.T) {
	s := State{}
	s.changes.backlog = backlog{}.add(theBuildEnds, of("h"))
	s.plugins.loading = &loading{}
	if diff := cmp.Diff([]string{"h"}, s.asks(runner.PluginLoaded{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := s.asks(runner.Output{}); got != nil {
		t.Errorf("output asks for %v, want nothing", got)
	}
}
