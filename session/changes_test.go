package session

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hotreload/build"
)

// of are changes of files, named by a letter each.
func of(names string) []change {
	var changes []change
	for _, name := range strings.Split(names, "") {
		changes = append(changes, change{path: name})
	}
	return changes
}

// told is what a backlog holds: each file with what it waits for.
func (b backlog) told() string {
	var all []string
	for _, c := range b.changes {
		all = append(all, fmt.Sprint(c.path, int(c.until)))
	}
	return strings.Join(all, " ")
}

func TestBacklog(t *testing.T) {
	at := time.Unix(1, 0)
	for name, test := range map[string]struct {
		steps func(backlog) backlog
		want  string
	}{
		"is sorted":                     {func(b backlog) backlog { return b.add(itsTurn, of("cab")) }, "a0 b0 c0"},
		"takes nothing":                 {func(b backlog) backlog { return b.add(itsTurn, nil) }, ""},
		"has a pending file once":       {func(b backlog) backlog { return b.add(theGraphIsListed, of("ab")).add(itsTurn, of("b")) }, "a1 b0"},
		"holds what is pending as well": {func(b backlog) backlog { return b.add(itsTurn, of("a")).add(theBuildEnds, of("a")) }, "a0 a3"},
		"waits as a whole": {func(b backlog) backlog {
			return b.add(itsTurn, of("ab")).add(theBuildEnds, of("c")).awaits(theConfigIsRead, at)
		}, "a2 b2 c3"},
		"is decided but for what waits for commands": {func(b backlog) backlog {
			return b.add(itsTurn, of("a")).add(theConfigIsRead, of("b")).add(theBuildEnds, of("c")).add(theGeneratorEnds, of("d")).decided()
		}, "c3 d4"},
		"lets go of one kind": {func(b backlog) backlog {
			return b.add(theBuildEnds, of("c")).add(theGeneratorEnds, of("d")).without(theBuildEnds)
		}, "d4"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.steps(backlog{}).told(); got != test.want {
				t.Errorf("it holds %q, want %q", got, test.want)
			}
		})
	}
}

// Of a file that is in both sets the second one says more.
func TestUnion(t *testing.T) {
	former, newer := change{path: "b", verdict: build.Verdict{Reason: "former"}}, change{path: "b", verdict: build.Verdict{Reason: "newer"}}
	all := union(append(of("c"), former), append(of("a"), newer))
	if len(all) != 3 || all[0].path != "a" || all[1].verdict.Reason != "newer" || all[2].path != "c" {
		t.Errorf("the union is %+v, want a, the newer b and c", all)
	}
}
