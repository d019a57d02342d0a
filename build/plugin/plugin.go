// Package plugin builds the plugins of an app.
//
// In go the package graph and the plugins that there are; out come plugins as
// files, each with the import paths of the packages that it brings into a process.
// What always holds: a file that a process may have loaded is never overwritten;
// two versions share no import path, except of packages that have not changed; a
// plugin is not rebuilt while its sources are the same.
//
// Go loads a package into a process once. So each version of a plugin is built
// from packages with import paths of their own (package overlay), except for those
// that the app is built from, too.
//
//	Survey -> plan, overlay -> recipe, or go build -> Plugin
//
// # What a plugin fits
//
// Go itself checks only the exported API and inlined bodies of the packages that app and
// plugin share. So we compare the sources of the app, and of the packages that cannot get
// another path, before the build and after it: a plugin fits an artifact only if they have
// not changed in between.
package plugin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"hotreload/build/diag"
	"hotreload/build/direct"
	"hotreload/build/gocmd"
	"hotreload/build/graph"
	"hotreload/build/plugin/overlay"
)

// Plugin is a plugin that was built.
type Plugin struct {
	Name string
	Path string // of its file, absolute; no two versions have the same
	// Packages are the import paths in the process of what it brings along.
	Packages []string
	// Fixed are those of them that the next version has, too, whatever changes.
	Fixed []string

	made   string // hash of what it was made of
	direct bool   // built without the go command
	plan   *plan  // by which the go command built it; nil: it did not
}

// Direct reports whether the plugin was built without the go command.
func (p Plugin) Direct() bool { return p.direct }

// Remove removes the files of a plugin. No process may have it loaded.
func (p Plugin) Remove() { _ = os.RemoveAll(filepath.Dir(p.Path)) }

// Find returns the plugin of a name; the zero value if there is none.
func Find(plugins []Plugin, name string) Plugin {
	if i := slices.IndexFunc(plugins, func(p Plugin) bool { return p.Name == name }); i >= 0 {
		return plugins[i]
	}
	return Plugin{}
}

// Beyond returns the plugins that are not the same among others.
func Beyond(plugins, others []Plugin) []Plugin {
	return slices.DeleteFunc(slices.Clone(plugins), func(p Plugin) bool {
		return Find(others, p.Name).Path == p.Path
	})
}

// Builder builds plugins. Its methods may be called by one goroutine at a time.
type Builder struct {
	run     *gocmd.Runner
	cache   string // absolute: plugin/N/NAME.so, source/ and tmp/
	known   *Survey
	count   int                // of plugins that were built or planned, to tell them apart
	recipes map[string]*recipe // by plugin name: how to build it without the go command
}

// NewBuilder returns a builder that keeps its files in cache.
func NewBuilder(run *gocmd.Runner, cache string) *Builder {
	return &Builder{run: run, cache: cache, recipes: map[string]*recipe{}}
}

// Request asks for the plugins of an app.
type Request struct {
	Options gocmd.Options
	Prev    []Plugin
	Full    bool // the go command is to build
	// Burnt are import paths that no plugin may bring along again.
	Burnt map[string]bool
}

// Build builds the plugins that Prev does not have as they are now. A *diag.Error
// has the diagnostics of all of them.
func (b *Builder) Build(ctx context.Context, r Request, s *Survey) ([]Plugin, error) {
	if s.graph.Unplug != "" {
		return nil, nil // the session says why
	}
	var built []Plugin
	var failure *diag.Error
	for _, root := range s.graph.Plugins {
		p, err := b.one(ctx, r, s, root)
		var failed *diag.Error
		switch {
		case errors.As(err, &failed) && failure == nil:
			failure = failed
		case errors.As(err, &failed):
			failure.Join(failed)
		case err != nil:
			remove(Beyond(built, r.Prev))
			return nil, err
		default:
			built = append(built, p)
		}
	}
	if failure != nil {
		remove(Beyond(built, r.Prev))
		return nil, failure
	}
	return built, nil
}

func remove(plugins []Plugin) {
	for _, p := range plugins {
		p.Remove()
	}
}

// one builds one plugin, unless Prev has the same.
func (b *Builder) one(ctx context.Context, r Request, s *Survey, root graph.PluginRoot) (Plugin, error) {
	b.count++
	plan, err := b.plan(r, s, root, b.count)
	if err != nil {
		return Plugin{}, err
	}
	if prev := Find(r.Prev, root.Name); prev.Path != "" && prev.made == plan.plugin.made {
		return prev, nil
	}
	tmp, err := os.MkdirTemp(filepath.Join(b.cache, "tmp"), "")
	if err != nil {
		return Plugin{}, err
	}
	defer os.RemoveAll(tmp)
	plan.plugin.Path = filepath.Join(b.cache, "plugin", strconv.Itoa(b.count), root.Name+".so")
	if err := os.MkdirAll(filepath.Dir(plan.plugin.Path), 0o700); err != nil {
		return Plugin{}, err
	}
	built := plan.plugin
	if !r.Full && b.direct(ctx, plan, tmp) == nil {
		built.direct = true
		return built, nil
	}
	if err := b.build(ctx, r.Options, plan, tmp); err != nil {
		built.Remove()
		return Plugin{}, err
	}
	delete(b.recipes, root.Name) // it was for another version
	built.plan = &plan
	return built, nil
}

// plan is how a plugin is to be built.
type plan struct {
	plugin  Plugin
	pkg     string           // for the go command to build
	overlay *overlay.Overlay // nil: nothing has another import path
	graph   *graph.Graph
	app     string // what the app is made of
}

// plan gives the packages of a plugin their import paths.
func (b *Builder) plan(r Request, s *Survey, root graph.PluginRoot, generation int) (plan, error) {
	made := fmt.Sprintf("%s %+v ", s.modules(), r.Options)
	p := plan{plugin: Plugin{Name: root.Name}, pkg: root.ImportPath, graph: s.graph, app: s.App()}
	packages := map[string]overlay.Package{}
	for path, part := range s.graph.Parts() {
		switch {
		case !slices.Contains(part.Plugins, root.Name):
		case part.Fixed == "":
			packages[path] = overlay.Package{Path: path, Dir: part.Dir, Go: part.Go, Embed: part.Embed}
		default:
			p.plugin.Fixed = append(p.plugin.Fixed, path)
		}
	}
	slices.Sort(p.plugin.Fixed)
	p.plugin.Packages = slices.Clone(p.plugin.Fixed)
	p.plugin.made = made + s.print(root.ImportPath)
	if _, ok := packages[root.ImportPath]; !ok {
		return p, nil
	}
	o, err := overlay.Make(overlay.Request{
		Packages: packages, Root: root.ImportPath, Print: s.print, Generation: generation, Burnt: r.Burnt,
		Dir: filepath.Join(b.cache, "source"),
	})
	if errors.Is(err, overlay.ErrCycle) {
		return p, nil // the go command explains it best
	}
	if err != nil {
		return p, err
	}
	p.pkg, p.overlay, p.plugin.made = o.Root, o, made+o.Hash
	p.plugin.Packages = append(p.plugin.Packages, slices.Sorted(maps.Values(o.Paths))...)
	return p, nil
}

// command is the go command that builds a plugin to out. tmp is a directory for
// what it reads.
func (p plan) command(o gocmd.Options, out, tmp string) ([]string, error) {
	args := append([]string{"go", "build"}, o.BuildFlags("-s -w")...)
	if p.overlay != nil {
		text, err := p.overlay.JSON()
		if err != nil {
			return nil, err
		}
		file := filepath.Join(tmp, "overlay.json")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return nil, err
		}
		args = append(args, "-overlay="+file)
	}
	return append(args, "-buildmode=plugin", "-o", out, p.pkg), nil
}

// build has the go command build a plugin.
func (b *Builder) build(ctx context.Context, o gocmd.Options, p plan, tmp string) error {
	args, err := p.command(o, p.plugin.Path, tmp)
	if err != nil {
		return err
	}
	text, err := b.run.Run(ctx, args, gocmd.Environ(b.run.Root, o.Env, "GOTMPDIR="+tmp))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return b.run.Failure(overlay.Restore(text), err)
}

// Learn finds out how the go command built plugins, for the next versions.
func (b *Builder) Learn(ctx context.Context, o gocmd.Options, plugins []Plugin, settings map[string]string) error {
	var failed error
	for _, p := range plugins {
		if b.recipes[p.Name] != nil || p.plan == nil || p.plan.overlay == nil {
			continue
		}
		r, err := b.learn(ctx, o, p, settings)
		if err != nil {
			failed = fmt.Errorf("plugin %s: %w", p.Name, err)
			continue
		}
		b.recipes[p.Name] = r
	}
	return failed
}

func (b *Builder) learn(ctx context.Context, o gocmd.Options, p Plugin, settings map[string]string) (*recipe, error) {
	tmp, err := os.MkdirTemp(filepath.Join(b.cache, "tmp"), "")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	command, err := p.plan.command(o, filepath.Join(tmp, "none.so"), tmp)
	if err != nil {
		return nil, err
	}
	calls, err := direct.AskCalls(ctx, b.run, command, o.Env)
	if err != nil {
		return nil, err
	}
	return newRecipe(calls, p.plan, direct.ToolEnv(b.run.Root, o.Env, settings))
}

// RealPaths replaces the import paths that plugins have in a process by those in
// the source.
func RealPaths(text string) string { return overlay.Restore(text) }
