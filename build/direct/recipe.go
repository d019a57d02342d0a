package direct

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"hotreload/build/gocmd"
	"hotreload/build/graph"
)

// Recipe is how the go command made an app, and from what: enough to make the next
// version without the go command. It may be used by one goroutine at a time.
type Recipe struct {
	graph *graph.Graph
	env   []string // of the tools
	steps []*Step  // in dependency order
	link  Link

	objects map[string]string   // import path -> file with the compiled package
	imports map[string][]string // of every package, by import path
	inputs  map[string]*input   // what the app is built from, by path
	names   map[string][]string // directory -> the names in it that are part of the app
}

// input is a file that the app is built from.
type input struct {
	stamp graph.Stamp // when its package was last compiled
	step  *Step       // that compiles it; nil: only the go command knows what a change means
}

// newRecipe keeps the steps that an edit of the app's files can concern.
func newRecipe(c *Calls, g *graph.Graph) (*Recipe, error) {
	r := &Recipe{graph: g, link: c.Link, objects: c.Objects, imports: map[string][]string{}, inputs: map[string]*input{}}
	local, affected := g.Local(), map[string]bool{}
	for _, step := range c.Steps {
		if step.Package != "" {
			r.imports[step.Package] = step.Imports
		}
		for _, source := range step.Sources {
			if local[step.Package] && !g.Has(source) && g.HasDir(filepath.Dir(source)) || !local[step.Package] && g.HasDir(filepath.Dir(source)) {
				return nil, fmt.Errorf("%w: it does not have %s of package %s", ErrOutdated, source, step.Package)
			}
		}
		importer := slices.ContainsFunc(step.Imports, func(pkg string) bool { return affected[pkg] })
		if step.Package == "" || !local[step.Package] && !importer {
			continue
		}
		affected[step.Package] = true
		r.steps = append(r.steps, step)
		for _, source := range step.Sources {
			if !local[step.Package] || g.Has(source) { // else it exists in an overlay of ours alone
				r.inputs[source] = &input{step: step}
			}
		}
	}
	if !slices.ContainsFunc(r.steps, func(s *Step) bool { return !s.Opaque }) {
		return nil, fmt.Errorf("%w: none of its packages is compiled by the compiler alone", ErrCannotLearn)
	}
	return r, nil
}

// observe takes the stamps of all that the app is built from, and of the tools.
func (r *Recipe) observe(stamps map[string]graph.Stamp) {
	for path, s := range stamps {
		if r.inputs[path] == nil {
			r.inputs[path] = &input{}
		}
		r.inputs[path].stamp = s
	}
}

// Changes are what has changed since the recipe's last build.
type Changes struct {
	steps   map[*Step]bool     // of packages whose own files have changed
	sources map[*Step][]string // these files
	stamps  map[string]graph.Stamp
}

// Stale finds the packages that have to be compiled again. changed are paths that
// changed for certain. Others may have changed, too: the stamps of all files and the
// names in all directories are compared with those of the last build, whatever the
// watcher reported. The error says why only the go command can build, and the recipe
// must not be used again.
func (r *Recipe) Stale(changed []string) (*Changes, error) {
	c := &Changes{steps: map[*Step]bool{}, sources: map[*Step][]string{}, stamps: map[string]graph.Stamp{}}
	told := map[string]bool{}
	for _, path := range changed {
		told[path] = true
		if r.inputs[path] == nil && r.graph.Of(path).Built {
			return nil, fmt.Errorf("%s was added or removed", path)
		}
	}
	for path, in := range r.inputs {
		c.stamps[path] = graph.StampOf(path)
		if told[path] { // until it is compiled; it may not be reported again
			in.stamp = in.stamp.Doubted()
		}
		switch {
		case in.stamp.Same(c.stamps[path]):
		case in.step == nil && r.graph.LeavesOut(path): // as before
		case in.step == nil:
			return nil, fmt.Errorf("%s has changed", path)
		case !r.graph.Regular(path):
			return nil, fmt.Errorf("%s is not a file", path)
		case r.graph.Relist(path):
			return nil, fmt.Errorf("%s has other imports, constraints, embed patterns or linknames", path)
		default:
			c.steps[in.step] = true
			c.sources[in.step] = append(c.sources[in.step], path)
		}
	}
	for dir, names := range r.names {
		if !slices.Equal(names, r.graph.Listing(dir)) {
			return nil, fmt.Errorf("files were added or removed in %s", dir)
		}
	}
	return c, nil
}

// Link links the packages, some of them just compiled, into an executable. tmp is a
// directory for what the linker reads.
func (r *Recipe) Link(ctx context.Context, run *gocmd.Runner, objects map[string]string, out, tmp string) error {
	object := func(pkg string) string {
		if object := objects[pkg]; object != "" {
			return object
		}
		return r.objects[pkg]
	}
	return r.link.Link(ctx, run, r.env, Variation{Object: object}, out, tmp)
}

// Adopt makes changes, and the packages compiled because of them, what the next
// build starts from. It returns all compiled packages of the app.
func (r *Recipe) Adopt(c *Changes, objects map[string]string) (inUse map[string]bool) {
	for path, s := range c.stamps {
		r.inputs[path].stamp = s
	}
	maps.Copy(r.objects, objects)
	inUse = map[string]bool{}
	for _, object := range r.objects {
		inUse[object] = true
	}
	return inUse
}
