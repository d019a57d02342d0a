package plugin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hotreload/build/direct"
	"hotreload/build/graph"
)

// recipe is how the go command made a version of a plugin. It serves for the next
// version, too, which has other import paths and other copies of the sources, but
// the same packages, files and imports.
type recipe struct {
	graph *graph.Graph      // of that time: which files and imports there are
	app   string            // what the app was made of
	paths map[string]string // real import path -> the one in the recipe
	env   []string
	steps []*direct.Step // of the packages that have other import paths each time, in dependency order
	link  direct.Link

	objects map[string]string // import path in the process -> file with the compiled package
}

func newRecipe(calls *direct.Calls, p *plan, env []string) (*recipe, error) {
	r := &recipe{graph: p.graph, app: p.app, paths: p.overlay.Paths, link: calls.Link, objects: calls.Objects, env: env}
	if !r.link.Sets("-pluginpath") {
		return nil, fmt.Errorf("%w: the linker is not told the plugin's path", direct.ErrCannotLearn)
	}
	renamed := slices.Collect(maps.Values(r.paths))
	for _, step := range calls.Steps {
		if step.Package == "" {
			step.Package = step.Name
		}
		if !slices.Contains(renamed, step.Package) {
			continue
		}
		if step.Opaque {
			return nil, fmt.Errorf("%w: package %s is not compiled by the compiler alone", direct.ErrCannotLearn, step.Package)
		}
		r.steps = append(r.steps, step)
	}
	if len(r.steps) != len(renamed) {
		return nil, fmt.Errorf("%w: %d of its %d packages are compiled", direct.ErrCannotLearn, len(r.steps), len(renamed))
	}
	return r, nil
}

// errNoRecipe is why the go command builds a version.
var errNoRecipe = errors.New("there is no recipe for the plugin")

// direct builds a version by the recipe.
func (b *Builder) direct(ctx context.Context, p plan, tmp string) error {
	r := b.recipes[p.plugin.Name]
	if r == nil || p.overlay == nil {
		return errNoRecipe
	}
	if r.graph != p.graph || r.app != p.app { // it is made of other packages
		delete(b.recipes, p.plugin.Name)
		return errNoRecipe
	}
	next := newRenaming(r, p.overlay.Paths)
	dir := filepath.Dir(p.plugin.Path)
	for i, step := range r.steps {
		path := next.path(step.Package)
		if path == step.Package {
			next.objects[path] = r.objects[path]
			continue
		}
		if before := r.objects[path]; before != "" { // the same version of it was compiled before
			next.objects[path] = before
			continue
		}
		object := filepath.Join(dir, strconv.Itoa(i)+".a")
		if err := step.Compile(ctx, b.run, r.env, next.variation(step), object, filepath.Join(tmp, strconv.Itoa(i))); err != nil {
			return err
		}
		next.objects[path] = object
	}
	v := direct.Variation{
		Set: map[string]string{"-pluginpath": p.overlay.Root}, Package: next.path, Object: next.object,
	}
	if err := r.link.Link(ctx, b.run, r.env, v, p.plugin.Path, tmp); err != nil {
		return err
	}
	maps.Copy(r.objects, next.objects)
	return nil
}

// renaming turns the import paths of a recipe into those of another version.
type renaming struct {
	recipe  *recipe
	real    map[string]string // import path in the recipe -> the real one
	paths   map[string]string // real import path -> the one of this version
	objects map[string]string // import path in the process -> compiled package
}

func newRenaming(r *recipe, paths map[string]string) *renaming {
	n := &renaming{recipe: r, real: map[string]string{}, paths: paths, objects: map[string]string{}}
	for path, was := range r.paths {
		n.real[was] = path
	}
	return n
}

// path is what an import path of the recipe is now.
func (n *renaming) path(was string) string {
	if path, renamed := n.real[was]; renamed {
		return n.paths[path]
	}
	return was
}

func (n *renaming) object(path string) string {
	if object := n.objects[path]; object != "" {
		return object
	}
	return n.recipe.objects[path]
}

// variation is how to compile a package under its new path, from its new copies.
func (n *renaming) variation(step *direct.Step) direct.Variation {
	path := n.path(step.Package)
	was, is := filepath.Base(step.Package), filepath.Base(path)
	name := path
	if step.Name == "main" {
		name = "main"
	}
	return direct.Variation{
		Set: map[string]string{"-p": name}, Package: n.path, Object: n.object,
		// In the directory of the copies, and in that which they pretend to lie in.
		Replace: func(arg string) string { return strings.ReplaceAll(arg, was, is) },
	}
}
