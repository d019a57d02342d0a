package session

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"hotreload/watch"
)

// This file has what the watcher is told: what is to be watched, and what of it
// matters.

// Watched is the [watch] table with what else the config names: files that a
// generator reads are seen like those of watch.include, so also where git ignores
// them if a glob begins with a name; and a glob that leads out of the root makes what
// it begins with a directory like those of watch.extra.
func Watched(c Config) watch.Config {
	w := c.Watch
	for _, g := range c.Build.Generate {
		for _, glob := range g.Match {
			base, _ := doublestar.SplitPattern(path.Clean(glob))
			switch {
			case base == "..", strings.HasPrefix(base, "../"):
				w.Extra = append(slices.Clip(w.Extra), filepath.FromSlash(base))
			default:
				w.Include = append(slices.Clip(w.Include), glob)
			}
		}
	}
	return w
}

// scope is what is to be watched besides that, and what matters.
func (s State) scope() watch.Scope {
	scope := watch.Scope{Files: s.envFiles(), Own: s.own, Matters: s.matters, Built: s.built, Local: s.isEnvFile, Holds: s.listing.mayEmbed}
	if s.configFile != "" {
		scope.Files = append(scope.Files, s.configFile)
	}
	for _, g := range s.listing.graphs() {
		scope.Dirs = append(slices.Clip(scope.Dirs), g.Dirs...)
		scope.Files = append(scope.Files, g.Awaited()...)
	}
	return scope
}

// matters tells the watcher which changes open a batch at once. It may say yes
// too often, which costs nothing but a look.
func (s State) matters(path string) bool {
	c := change{path: path, verdict: s.listing.of(path)}
	return s.rule(c).plan.Rung != None || path == s.configFile || mayFix(path)
}

// built tells the watcher what no rule leaves out.
func (s State) built(path string) bool {
	v := s.listing.of(path)
	return v.Built && !v.Doubt || s.builds.failing && mayFix(path)
}

// follow tells the watcher what matters now.
func (t *step) follow() { t.do(follow{t.scope()}) }
