package session

import (
	"os"
	"strings"

	"hotreload/build"
	"hotreload/watch"
)

// Why says what a change of a path, absolute, would do in a session that runs
// the app and has nothing else to do; of o it needs the root and the config.
// unseen is the watcher's rule by which it would not hear of the change. The
// reason continues the line that begins with the path's name.
func Why(o Options, graph *build.Graph, unseen func(s watch.Scope, path string, isDir bool) string, path string) (name string, p Plan) {
	s := newState(o)
	s.listing.graph = graph
	path, isDir := strings.CutSuffix(path, string(os.PathSeparator))
	verdict := graph.OfNew
	info, err := os.Lstat(path)
	if err == nil {
		isDir, verdict = info.IsDir(), graph.Of
	}
	p = s.rule(change{path: path, verdict: verdict(path)}).plan
	p.Reason = strings.TrimPrefix(p.Reason, "is ")
	hidden := unseen(s.scope(), path, isDir)
	switch {
	case hidden != "":
		p = Plan{Rung: None, Reason: hidden}
	case path == s.configFile:
		p = Plan{Rung: Restart, Reason: "the config: a change in [runner] starts a new process, a change in [build] starts a build"}
	case isDir && p.Rung == None:
		p.Reason = "a directory; each file in it counts for itself"
	case isDir:
		p.Reason += "; each file in it counts for itself"
	case p.Rung == Browser:
		p.Reason += "; " + onPages(path) + ", no build, no new process"
	case p.Rung == Restart && !p.Build:
		p.Reason += "; no build"
	}
	if err != nil {
		p.Reason += "; it does not exist"
	}
	return s.relative(path), p
}
