package direct

import (
	"slices"
	"strings"

	"hotreload/build/gocmd"
)

// Parts are what a recipe links, for whoever links otherwise.
type Parts struct {
	Main    string              // import path of the main package
	Own     []string            // packages that an edit can concern
	Objects map[string]string   // import path -> file with the compiled package
	Imports map[string][]string // of every package
	Opaque  string              // one of Own that is not compiled by the compiler alone; empty: none
	Linker  []string            // the call
	Env     []string
	Modinfo string // the line about modules in the linker's configuration
}

// Parts returns the parts as they are now.
func (r *Recipe) Parts() Parts {
	p := Parts{
		Main: r.link.Main, Objects: r.objects, Imports: r.imports,
		Linker: r.link.call.args, Env: slices.Concat(r.env, r.link.call.env),
	}
	for _, step := range r.steps {
		p.Own = append(p.Own, step.Package)
		if step.Opaque {
			p.Opaque = step.Package
		}
	}
	for line := range strings.Lines(r.link.importcfg) {
		if strings.HasPrefix(line, "modinfo ") {
			p.Modinfo = line
		}
	}
	return p
}

// Unchanged reports whether everything that the app is built from is as it was at the
// recipe's last build. A file that was written just before that build has no stamp to
// tell by: what counts is whether its text is the one that was compiled.
func (r *Recipe) Unchanged(store *Store) bool {
	c, err := r.Stale(nil)
	if err != nil {
		return false
	}
	object := func(pkg string) string { return r.objects[pkg] }
	for step := range c.steps {
		key, err := step.key(r.env, object, store)
		if err != nil {
			return false
		}
		if same, err := sameCode(store.find(key), object(step.Package)); err != nil || !same {
			return false
		}
	}
	return true
}

// CompilerSets reports whether the compiler gets a flag, of whatever value, for a
// package that an edit can concern.
func (r *Recipe) CompilerSets(flag string) bool {
	return slices.ContainsFunc(r.steps, func(s *Step) bool {
		return slices.ContainsFunc(s.call.args, func(arg string) bool {
			name, _ := gocmd.SplitFlag(arg)
			return strings.HasPrefix(arg, "-") && name == flag
		})
	})
}
