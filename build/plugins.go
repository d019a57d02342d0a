package build

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"hotreload/build/gocmd"
	"hotreload/build/graph"
	"hotreload/build/plugin"
)

// maxRounds is how often a build starts over because its sources changed meanwhile.
// By then, the watcher has reported the changes.
const maxRounds = 3

// buildWithPlugins compiles the parts of the app and its plugins that are not in Prev.
func (b *Builder) buildWithPlugins(ctx context.Context, r Request) (Artifact, error) {
	for range maxRounds {
		s, err := b.plugins.Survey(ctx, r.Config.options(), r.Package)
		if err != nil {
			return b.withoutGraph(ctx, r, err)
		}
		app, all := s.App(), s.All()
		a := r.Prev
		a.Same, a.Kept, a.Direct, a.Why = true, true, true, ""
		if !r.Plugins || r.Full || a.Path == "" || a.print != app {
			if a, err = b.buildApp(ctx, r); err != nil {
				return Artifact{}, err
			}
		}
		a.print = app
		a.Plugins, err = b.plugins.Build(ctx, plugin.Request{
			Options: r.Config.options(), Prev: r.Prev.Plugins, Full: r.Full, Burnt: r.Burnt,
		}, s)
		if err == nil {
			a.Direct = a.Direct && !slices.ContainsFunc(a.Beyond(r.Prev).Plugins, func(p Plugin) bool { return !p.Direct() })
			if s, err = b.plugins.Survey(ctx, r.Config.options(), r.Package); err == nil && s.All() == all {
				return a, nil
			}
		}
		b.Forget(a.Beyond(r.Prev))
		if err != nil {
			return Artifact{}, err
		}
	}
	return Artifact{}, errors.New("the sources keep changing during the build")
}

// withoutGraph makes the go command say why there is no package graph.
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

// PluginError says what is wrong with a [[build.plugin]].
type PluginError struct {
	Index   int // among them
	Message string
}

func (e *PluginError) Error() string { return e.Message }

// CheckPlugins finds configured plugins that are impossible: those that are not main
// packages, the app itself, and two of the same name. The build reports what does not
// compile.
func (b *Builder) CheckPlugins(ctx context.Context, c Config, app string) error {
	if len(c.Plugin) == 0 {
		return nil
	}
	c, err := b.ask(c, b.root)
	if err != nil {
		return err
	}
	o := c.options()
	found, err := b.run.List(ctx, o, b.root, slices.Concat(o.LoadFlags(), []string{"-find", "--", app}, o.Plugins)...)
	if err != nil {
		return explain(err, b.root)
	}
	names := map[string]string{} // -> package
	for i, p := range c.Plugin {
		wrong := func(format string, args ...any) error {
			return &PluginError{i, fmt.Sprintf("%s: ", p.Package) + fmt.Sprintf(format, args...)}
		}
		root, ok := graph.FindRoot(found, p.Package, b.root)
		name := path.Base(root.ImportPath)
		switch {
		case !ok || root.Dir == "":
			return wrong("no such package in %s; write a directory such as \"./plugins/greet\" or an import path", b.root)
		case root.Name != "" && root.Name != "main":
			return wrong("package %s is not a main package; a plugin is a package main with func New", root.Name)
		case root.Dir == filepath.Clean(gocmd.InDir(app, b.root)):
			return wrong("this is the app itself; a plugin is a package of its own")
		case names[name] != "":
			return wrong("plugin %s is %s already; a plugin's name is the last element of its path, so rename one of them", name, names[name])
		}
		names[name] = p.Package
	}
	return nil
}
