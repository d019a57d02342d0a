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

// This file builds plugins. Go loads a package into a process once, so each
// version of a plugin is built from packages with import paths of their own
// (overlay), but for those that the app is built from too.

// Plugin is a plugin that was built.
type Plugin struct {
	Name string
	Path string // of its file, absolute; no two versions have the same
	// Packages are the import paths in the process of what it brings along.
	Packages []string
	// Fixed are those of them that the next version has, too, whatever changes.
	Fixed []string

	made   string      // what it was made of
	direct bool        // built without the go command
	plan   *pluginPlan // by which the go command built it; nil: it did not
}

// maxRounds is how often a build begins anew because its sources have changed
// meanwhile. The watcher has overtaken it by then.
const maxRounds = 3

// buildWithPlugins compiles what of the app and its plugins is not in Prev.
func (b *Builder) buildWithPlugins(ctx context.Context, r Request) (Artifact, error) {
	for range maxRounds {
		s, err := b.look(ctx, r)
		if err != nil {
			return b.withoutGraph(ctx, r, err)
		}
		app, all := s.app(), s.all()
		a := r.Prev
		a.Same, a.Kept, a.Direct, a.Why = true, true, true, ""
		if !r.Plugins || r.Anew || a.Path == "" || a.print != app {
			if a, err = b.buildApp(ctx, r); err != nil {
				return Artifact{}, err
			}
		}
		a.print = app
		if a.Plugins, err = b.buildPlugins(ctx, r, s); err == nil {
			a.Direct = a.Direct && !slices.ContainsFunc(a.Beyond(r.Prev).Plugins, func(p Plugin) bool { return !p.direct })
			if s, err = b.look(ctx, r); err == nil && s.all() == all {
				return a, nil
			}
		}
		b.Forget(a.Beyond(r.Prev))
		if err != nil {
			return Artifact{}, err
		}
	}
	return Artifact{}, errors.New("the sources keep changing while they are built")
}

// withoutGraph has the go command say why there is no package graph.
func (b *Builder) withoutGraph(ctx context.Context, r Request, err error) (Artifact, error) {
	if ctx.Err() != nil {
		return Artifact{}, context.Cause(ctx)
	}
	a, failed := b.buildApp(ctx, r)
	if failed != nil {
		return Artifact{}, failed
	}
	b.Forget(a.Beyond(r.Prev))
	return Artifact{}, err
}

// Beyond is what of an artifact is not of another one.
func (a Artifact) Beyond(other Artifact) Artifact {
	if a.Path == other.Path {
		a.Path = ""
	}
	a.Plugins = slices.DeleteFunc(slices.Clone(a.Plugins), func(p Plugin) bool {
		return other.Plugin(p.Name).Path == p.Path
	})
	return a
}

// Plugin is the one of a name; the zero value if there is none.
func (a Artifact) Plugin(name string) Plugin {
	if i := slices.IndexFunc(a.Plugins, func(p Plugin) bool { return p.Name == name }); i >= 0 {
		return a.Plugins[i]
	}
	return Plugin{}
}

// buildPlugins compiles those that are not in Prev as they are. The error has what
// is wrong with all of them.
func (b *Builder) buildPlugins(ctx context.Context, r Request, s *survey) ([]Plugin, error) {
	var built []Plugin
	var wrong *Error
	if s.graph.Unplug != "" {
		return nil, nil // the session has said why
	}
	for _, root := range s.graph.Plugins {
		p, err := b.plugin(ctx, r, s, root)
		var failed *Error
		switch {
		case errors.As(err, &failed) && wrong == nil:
			wrong = failed
		case errors.As(err, &failed):
			wrong.Diagnostics = arrange(slices.Concat(wrong.Diagnostics, failed.Diagnostics))
			wrong.Text += failed.Text
		case err != nil:
			b.Forget(Artifact{Plugins: built}.Beyond(r.Prev))
			return nil, err
		default:
			built = append(built, p)
		}
	}
	if wrong != nil {
		b.Forget(Artifact{Plugins: built}.Beyond(r.Prev))
		return nil, wrong
	}
	return built, nil
}

// plugin compiles one plugin, unless Prev has the same.
func (b *Builder) plugin(ctx context.Context, r Request, s *survey, root PluginRoot) (Plugin, error) {
	b.plugged++
	plan, err := b.planPlugin(r, s, root, b.plugged)
	if err != nil {
		return Plugin{}, err
	}
	if prev := r.Prev.Plugin(root.Name); prev.Path != "" && prev.made == plan.plugin.made {
		return prev, nil
	}
	tmp, err := os.MkdirTemp(filepath.Join(b.cache, "tmp"), "")
	if err != nil {
		return Plugin{}, err
	}
	defer os.RemoveAll(tmp)
	plan.plugin.Path = filepath.Join(b.cache, "plugin", strconv.Itoa(b.plugged), root.Name+".so")
	if err := os.MkdirAll(filepath.Dir(plan.plugin.Path), 0o700); err != nil {
		return Plugin{}, err
	}
	built := plan.plugin
	if err := b.pluginDirectly(ctx, r, plan, tmp); err == nil {
		built.direct = true
		return built, nil
	}
	if err := b.buildPlugin(ctx, r, plan, tmp); err != nil {
		os.RemoveAll(filepath.Dir(built.Path))
		return Plugin{}, err
	}
	delete(b.plugins, root.Name) // it was of another version
	built.plan = &plan
	return built, nil
}

// pluginPlan is how a plugin is to be built.
type pluginPlan struct {
	plugin  Plugin
	pkg     string           // what the go command is to build
	overlay *overlay.Overlay // nil: nothing has another import path
	graph   *Graph
	app     string // what the app is made of
}

// planPlugin gives the packages of a plugin their import paths.
func (b *Builder) planPlugin(r Request, s *survey, root PluginRoot, generation int) (pluginPlan, error) {
	made := fmt.Sprintf("%s %+v ", s.modules(), r.Config)
	p := pluginPlan{plugin: Plugin{Name: root.Name}, pkg: root.ImportPath, graph: s.graph, app: s.app()}
	packages := map[string]overlay.Package{}
	for path, part := range s.graph.parts {
		switch {
		case !slices.Contains(part.plugins, root.Name):
		case part.fixed == "":
			packages[path] = part.Package
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
		return p, nil // which the go command says best
	}
	if err != nil {
		return p, err
	}
	p.pkg, p.overlay, p.plugin.made = o.Root, o, made+o.Hash
	p.plugin.Packages = append(p.plugin.Packages, slices.Sorted(maps.Values(o.Paths))...)
	return p, nil
}

// pluginCommand is the go command that builds a plugin. It needs a directory for what
// it reads.
func pluginCommand(r Request, p pluginPlan, out, tmp string) ([]string, error) {
	args := append([]string{"go", "build"}, goFlags(r.Config, "-s -w")...)
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

// buildPlugin has the go command build a plugin.
func (b *Builder) buildPlugin(ctx context.Context, r Request, p pluginPlan, tmp string) error {
	args, err := pluginCommand(r, p, p.plugin.Path, tmp)
	if err != nil {
		return err
	}
	text, err := b.run(ctx, args, b.environment(r.Config.Env, tmp))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return b.failure(overlay.Restore(text), err)
	}
	return nil
}

// RealPaths puts the import paths that people know in place of those that plugins
// have in a process.
func RealPaths(text string) string { return overlay.Restore(text) }

// setsProfile reports whether the user's flags name a profile.
func setsProfile(c Config) bool {
	return slices.ContainsFunc(append(strings.Fields(goflags(c)), c.Flags...), func(flag string) bool {
		name, _ := splitFlag(flag)
		return name == "-pgo"
	})
}
