package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hotreload/build/overlay"
)

// This file builds plugins without the go command, as direct.go does the app: what
// was learnt of one version holds for the next, which has other import paths and
// other copies of the sources, but the same packages, files and imports.

// pluginRecipe is how the go command made a version of a plugin.
type pluginRecipe struct {
	config Config
	graph  *Graph // of that time: which files and imports there are
	app    string // what the app was made of
	paths  map[string]string
	env    []string
	steps  []*compileStep // of the packages that have other import paths each time, in dependency order
	link   linkStep

	objects map[string]string // import path in the process -> file with the compiled package
}

// learnPlugins finds out how the plugins of an artifact were made.
func (b *Builder) learnPlugins(ctx context.Context, q Request, a Artifact, settings map[string]string) error {
	var failed error
	for _, p := range a.Plugins {
		if b.plugins[p.Name] != nil || p.plan == nil || p.plan.overlay == nil {
			continue
		}
		r, err := b.learnPlugin(ctx, q, p, settings)
		if err != nil {
			failed = fmt.Errorf("plugin %s: %w", p.Name, err)
			continue
		}
		b.plugins[p.Name] = r
	}
	return failed
}

func (b *Builder) learnPlugin(ctx context.Context, q Request, p Plugin, settings map[string]string) (*pluginRecipe, error) {
	tmp, err := os.MkdirTemp(filepath.Join(b.cache, "tmp"), "")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	command, err := pluginCommand(q, *p.plan, filepath.Join(tmp, "none.so"), tmp)
	if err != nil {
		return nil, err
	}
	all, err := b.dryRunOf(ctx, q, command, "-a")
	if err != nil {
		return nil, err
	}
	now, err := b.dryRunOf(ctx, q, command)
	if err != nil {
		return nil, err
	}
	return newPluginRecipe(all, now, q.Config, p.plan, environ(b.root, q.Config.Env), settings)
}

// newPluginRecipe makes a recipe of two dry runs, as newRecipe does for the app.
func newPluginRecipe(all, now *dryRun, c Config, plan *pluginPlan, env []string, settings map[string]string) (*pluginRecipe, error) {
	if all.link == nil || now.link == nil {
		return nil, fmt.Errorf("%w: it is not linked", ErrCannotLearn)
	}
	of := &recipe{objects: map[string]string{}}
	if err := of.learnLink(now); err != nil {
		return nil, err
	}
	_, built, err := linkConfig(all)
	if err != nil {
		return nil, err
	}
	at := map[string]string{} // work directory -> import path
	for pkg, object := range built {
		at[strings.TrimSuffix(object, objectName)] = pkg
	}
	r := &pluginRecipe{
		config: c, graph: plan.graph, app: plan.app, paths: plan.overlay.Paths, link: of.link, objects: of.objects, env: env,
	}
	for key, value := range settings {
		r.env = append(r.env, key+"="+value)
	}
	renamed := slices.Collect(maps.Values(plan.overlay.Paths))
	for _, call := range all.compiles {
		work := strings.TrimSuffix(flagValue(call.args, "-o"), objectName)
		step := newCompileStep(flagValue(call.args, "-p"), work, call, all.files)
		if pkg := at[work]; pkg != "" {
			step.pkg = pkg
		}
		if !slices.Contains(renamed, step.pkg) {
			continue
		}
		if step.opaque || all.opaque[work] {
			return nil, fmt.Errorf("%w: package %s is not compiled by the compiler alone", ErrCannotLearn, step.pkg)
		}
		r.steps = append(r.steps, step)
	}
	if len(r.steps) != len(renamed) {
		return nil, fmt.Errorf("%w: %d of its %d packages are compiled", ErrCannotLearn, len(r.steps), len(renamed))
	}
	return r, nil
}

// errOtherPlugin is why a recipe does not do for a version.
var errOtherPlugin = errors.New("the plugin is made of other packages")

// pluginDirectly builds a version by the recipe.
func (b *Builder) pluginDirectly(ctx context.Context, r Request, p pluginPlan, tmp string) error {
	recipe := b.plugins[p.plugin.Name]
	if recipe == nil || p.overlay == nil || r.Anew {
		return errNotLearnt
	}
	if recipe.graph != p.graph || recipe.app != p.app {
		delete(b.plugins, p.plugin.Name)
		return errOtherPlugin
	}
	next := renaming{recipe: recipe, from: map[string]string{}, overlay: p.overlay, objects: map[string]string{}}
	for path, was := range recipe.paths {
		next.from[was] = path
	}
	dir := filepath.Dir(p.plugin.Path)
	for i, step := range recipe.steps {
		path := next.path(step.pkg)
		if path == step.pkg {
			next.objects[path] = recipe.objects[path]
			continue
		}
		if before := recipe.objects[path]; before != "" { // there was this version of it before
			next.objects[path] = before
			continue
		}
		object := filepath.Join(dir, strconv.Itoa(i)+".a")
		if err := next.compile(ctx, b, step, object, filepath.Join(tmp, strconv.Itoa(i))); err != nil {
			return err
		}
		next.objects[path] = object
	}
	if err := next.linkTo(ctx, b, p.plugin.Path, tmp); err != nil {
		return err
	}
	maps.Copy(recipe.objects, next.objects)
	return nil
}

// renaming is a version in the making: the calls of a recipe with other import paths.
type renaming struct {
	recipe  *pluginRecipe
	from    map[string]string // import path in the recipe -> the real one
	overlay *overlay.Overlay
	objects map[string]string // import path in the process -> compiled package
}

// path is what an import path of the recipe is now.
func (n *renaming) path(was string) string {
	if path, renamed := n.from[was]; renamed {
		return n.overlay.Paths[path]
	}
	return was
}

func (n *renaming) object(path string) string {
	if object := n.objects[path]; object != "" {
		return object
	}
	return n.recipe.objects[path]
}

// config is a compiler's or linker's configuration with the packages of now.
func (n *renaming) config(cfg string) string {
	var text strings.Builder
	for line := range strings.Lines(cfg) {
		if rest, ok := strings.CutPrefix(line, "packagefile "); ok {
			was, _, _ := strings.Cut(rest, "=")
			path := n.path(was)
			line = "packagefile " + path + "=" + n.object(path) + "\n"
		}
		text.WriteString(line)
	}
	return text.String()
}

// compile compiles a package under its new path, from its new copies.
func (n *renaming) compile(ctx context.Context, b *Builder, step *compileStep, out, work string) error {
	if err := os.Mkdir(work, 0o700); err != nil {
		return err
	}
	path := n.path(step.pkg)
	was, is := filepath.Base(step.pkg), filepath.Base(path)
	args := slices.Clone(step.call.args)
	for i, arg := range args {
		arg = strings.ReplaceAll(arg, step.work, work)
		args[i] = strings.ReplaceAll(arg, was, is) // in the copies' directory, and where they are to seem to lie
	}
	setFlag(args, "-o", out)
	setFlag(args, "-p", n.name(step))
	importcfg := filepath.Join(work, "importcfg")
	setFlag(args, "-importcfg", importcfg)
	if err := os.WriteFile(importcfg, []byte(n.config(step.importcfg)), 0o600); err != nil {
		return err
	}
	if step.embedcfg != "" {
		embedcfg := filepath.Join(work, "embedcfg")
		setFlag(args, "-embedcfg", embedcfg)
		if err := os.WriteFile(embedcfg, []byte(step.embedcfg), 0o600); err != nil {
			return err
		}
	}
	_, err := b.run(ctx, args, append(slices.Clone(n.recipe.env), step.call.env...))
	return err
}

// name is what the compiler is to call a package: its path, or main.
func (n *renaming) name(step *compileStep) string {
	if flagValue(step.call.args, "-p") == "main" {
		return "main"
	}
	return n.path(step.pkg)
}

// linkTo links the packages to a plugin.
func (n *renaming) linkTo(ctx context.Context, b *Builder, out, tmp string) error {
	importcfg := filepath.Join(tmp, "importcfg.link")
	if err := os.WriteFile(importcfg, []byte(n.config(n.recipe.link.importcfg)), 0o600); err != nil {
		return err
	}
	args := slices.Clone(n.recipe.link.call.args)
	setFlag(args, "-o", out)
	setFlag(args, "-importcfg", importcfg)
	if flagValue(args, "-pluginpath") == "" {
		return fmt.Errorf("%w: the linker is not told the plugin's path", ErrCannotLearn)
	}
	setFlag(args, "-pluginpath", n.overlay.Root)
	args[len(args)-1] = n.object(n.path(n.recipe.link.main))
	env := append(slices.Clone(n.recipe.env), n.recipe.link.call.env...)
	_, err := b.run(ctx, args, append(env, "TMPDIR="+tmp)) // the external linker's
	return err
}
