package build

import (
	"context"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/overlay"
)

// This file holds what of a graph only plugins need.
//
// The packages of a plugin are of three kinds. Those that the app is built from
// too are in the process already, and a change of one is a new process. Of the
// others those are reloadable that can be given another import path: the next
// version of the plugin brings them along. The rest is fixed: C and assembly
// name things for the whole process, and the go command overlays nothing in the
// module cache or a vendor directory; nor can anything be renamed that something
// fixed imports.

// PluginRoot is a plugin's main package.
type PluginRoot struct {
	Name       string // the last element of its import path
	ImportPath string
	Dir        string // absolute
	Fixed      string // why its next version is never loaded into the process that has one; empty: it is
}

// pluginPart is a package that only plugins need.
type pluginPart struct {
	overlay.Package
	local   bool // somebody may edit it
	imports []string
	plugins []string // names of those that need it, sorted
	fixed   string   // why it cannot have another import path; empty: it can
}

// withPlugins makes the graph of an app with its plugins out of that without.
func (b *Builder) withPlugins(ctx context.Context, c Config, app *Graph, env map[string]string) (*Graph, error) {
	args := append(loadFlags(c), "-deps", "--")
	for _, p := range c.Plugin {
		args = append(args, p.Package)
	}
	all, err := b.list(ctx, c, b.root, args...)
	if err != nil {
		return nil, err
	}
	listing := map[string]listed{}
	for _, p := range all {
		listing[p.ImportPath] = p
	}
	g := app.clone()
	g.app, g.parts, g.plugged = app, map[string]*pluginPart{}, map[string][]string{}
	for _, configured := range c.Plugin {
		root, ok := findRoot(all, inDir(configured.Package, b.root), configured.Package)
		if !ok {
			continue // the build will say what is wrong with it
		}
		g.Plugins = append(g.Plugins, PluginRoot{Name: path.Base(root.ImportPath), ImportPath: root.ImportPath, Dir: root.Dir})
		g.gather(listing, root.ImportPath, path.Base(root.ImportPath), map[string]bool{}, env)
	}
	for _, p := range g.parts {
		g.fixImports(p)
	}
	g.Unplug = cannotPlug(env)
	for importPath, p := range g.parts {
		if g.Unplug != "" {
			p.fixed = g.Unplug
		}
		g.link(listing[importPath])
		if p.local {
			g.addPart(listing[importPath], p)
		}
	}
	maps.Copy(g.files, app.files)
	for i, root := range g.Plugins {
		if p := g.parts[root.ImportPath]; p != nil {
			g.Plugins[i].Fixed = p.fixed
		}
	}
	return g, nil
}

// cannotPlug says why no plugins can be had, or "".
func cannotPlug(env map[string]string) string {
	switch goos := env["GOOS"]; {
	case !slices.Contains([]string{"linux", "darwin", "freebsd"}, goos):
		return "Go has no plugins on " + goos
	case env["CGO_ENABLED"] != "1":
		return "CGO_ENABLED is 0, and Go's plugins need cgo"
	}
	return ""
}

// findRoot finds a configured plugin among what go list says.
func findRoot(all []listed, dir, name string) (listed, bool) {
	i := slices.IndexFunc(all, func(p listed) bool {
		return !p.DepOnly && (p.ImportPath == name || p.Dir != "" && p.Dir == filepath.Clean(dir))
	})
	if i < 0 {
		return listed{}, false
	}
	return all[i], true
}

// gather takes a package and all it imports for a part of a plugin.
func (g *Graph) gather(listing map[string]listed, importPath, plugin string, seen map[string]bool, env map[string]string) {
	p := listing[importPath]
	if seen[importPath] || p.Standard || g.app.Packages[importPath] {
		return
	}
	seen[importPath] = true
	own := g.parts[importPath]
	if own == nil {
		own = &pluginPart{
			Package: overlay.Package{Path: importPath, Dir: p.Dir, Go: p.GoFiles, Embed: p.EmbedFiles},
			local:   changeable(p, env), imports: p.Imports, fixed: whyFixed(p, env),
		}
		g.parts[importPath] = own
	}
	own.plugins = union(own.plugins, []string{plugin})
	for _, imported := range p.Imports {
		g.gather(listing, imported, plugin, seen, env)
	}
}

// whyFixed says why a package, taken alone, cannot have another import path.
func whyFixed(p listed, env map[string]string) string {
	native := slices.Concat(p.CFiles, p.CXXFiles, p.MFiles, p.FFiles, p.SwigFiles, p.SwigCXXFiles)
	switch {
	case !changeable(p, env):
		return "it is in the module cache"
	case strings.Contains(filepath.ToSlash(p.Dir), "/vendor/"):
		return "it is in a vendor directory"
	case len(p.CgoFiles)+len(native) > 0:
		return "it uses cgo, and C's names are the whole process's"
	case len(p.SFiles)+len(p.SysoFiles) > 0:
		return "it has assembly"
	}
	return ""
}

// fixImports fixes what a fixed package imports.
func (g *Graph) fixImports(p *pluginPart) {
	if p.fixed == "" {
		return
	}
	for _, imported := range p.imports {
		if other := g.parts[imported]; other != nil && other.fixed == "" {
			other.fixed = "package " + p.Path + " imports it, and " + p.fixed
			g.fixImports(other)
		}
	}
}

// addPart takes the files of a package that only plugins need. One that the app
// is built from too, such as an embedded file, stays the app's.
func (g *Graph) addPart(p listed, own *pluginPart) {
	g.add(p, false)
	if own.fixed == "" {
		g.packages[p.Dir].plugins = own.plugins
	}
	for _, file := range g.sources[p.ImportPath] {
		switch {
		case g.app.files[file] != "":
		case own.fixed != "":
			g.files[file] += ", from which " + plugins(own.plugins) + " built and which cannot be loaded anew: " + own.fixed
		default:
			g.plugged[file] = union(g.plugged[file], own.plugins)
		}
	}
}

// union joins two sorted lists of names.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// pluggedIn names the plugins that alone are built from packages in a directory.
func (g *Graph) pluggedIn(dir string) []string {
	var names []string
	for at, p := range g.packages {
		if !within(at, dir) {
			continue
		}
		if len(p.plugins) == 0 {
			return nil
		}
		names = union(names, p.plugins)
	}
	return names
}

// plugins names plugins, with the verb: "plugin greet is", "plugins a and b are".
func plugins(names []string) string {
	if len(names) == 1 {
		return "plugin " + names[0] + " is"
	}
	last := len(names) - 1
	return "plugins " + strings.Join(names[:last], ", ") + " and " + names[last] + " are"
}

// clone is a graph to which packages can be added.
func (g *Graph) clone() *Graph {
	c := *g
	c.files, c.ignored, c.headers = maps.Clone(g.files), maps.Clone(g.ignored), maps.Clone(g.headers)
	c.imports, c.sources = maps.Clone(g.imports), maps.Clone(g.sources)
	c.packages, c.embedding = maps.Clone(g.packages), maps.Clone(g.embedding)
	return &c
}
