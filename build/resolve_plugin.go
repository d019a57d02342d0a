package build

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
)

// PluginError says what is wrong with a [[build.plugin]].
type PluginError struct {
	Index   int // among them
	Message string
}

func (e *PluginError) Error() string { return e.Message }

// CheckPlugins finds configured plugins that cannot be any: those that are no main
// packages, the app itself, and two of one name. What does not compile the build
// will tell.
func (b *Builder) CheckPlugins(ctx context.Context, c Config, app string) error {
	if len(c.Plugin) == 0 {
		return nil
	}
	args := append(loadFlags(c), "-find", "--", app)
	for _, p := range c.Plugin {
		args = append(args, p.Package)
	}
	found, err := b.list(ctx, c, b.root, args...)
	if err != nil {
		return explain(err, b.root)
	}
	names := map[string]string{} // -> package
	for i, p := range c.Plugin {
		wrong := func(format string, args ...any) error {
			return &PluginError{i, fmt.Sprintf("%s: ", p.Package) + fmt.Sprintf(format, args...)}
		}
		root, ok := findRoot(found, inDir(p.Package, b.root), p.Package)
		name := path.Base(root.ImportPath)
		switch {
		case !ok || root.Dir == "":
			return wrong("no such package in %s; write a directory such as \"./plugins/greet\" or an import path", b.root)
		case root.Name != "" && root.Name != "main":
			return wrong("package %s is no main package; a plugin is a package main with func New", root.Name)
		case root.Dir == filepath.Clean(inDir(app, b.root)):
			return wrong("this is the app itself; a plugin is a package of its own")
		case names[name] != "":
			return wrong("plugin %s is %s already; a plugin's name is the last element of its path, so rename one of them", name, names[name])
		}
		names[name] = p.Package
	}
	return nil
}
