package graph

import (
	"context"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/gocmd"
	"hotreload/internal/paths"
)

// The packages of a plugin are of three kinds. Those that the app is built from,
// too, are in the process already, and a change of one needs a new process. Of the
// others, those are reloadable that can be given another import path: the next
// version of the plugin brings them along. The rest is fixed: the names of C and
// assembly are the whole process's, and the go command overlays nothing in the
// module cache or a vendor directory. Nor can a package be renamed that a fixed
// package imports.

// PluginRoot is a plugin's main package.
type PluginRoot struct {
	Name       string // the last element of its import path
	ImportPath string
	Dir        string // absolute
	Fixed      string // why its next version is never loaded into a process that has one; empty: it is
}

// Part is a package that only plugins are built from.
type Part struct {
	ImportPath string
	Dir        string   // absolute
	Go         []string // names of its Go files
	Embed      []string // files that it embeds, relative to Dir
	Plugins    []string // names of those that need it, sorted
	Fixed      string   // why it cannot have another import path; empty: it can

	local   bool // its files may be edited
	imports []string
}

// pluginSide is what of a graph only plugins are built from.
type pluginSide struct {
	app   *Graph              // without its plugins
	parts map[string]*Part    // by import path
	files map[string][]string // absolute path -> names of the plugins that alone are built from it
}

// App is the graph of the app without its plugins.
func (g *Graph) App() *Graph { return g.plugged.app }

// Parts are the packages that only plugins are built from, by import path.
func (g *Graph) Parts() map[string]*Part { return g.plugged.parts }

// PluginsOf are the names of the plugins that alone are built from a file.
func (g *Graph) PluginsOf(file string) []string { return g.plugged.files[file] }

// withPlugins makes the graph of an app with its plugins from the graph without.
func withPlugins(ctx context.Context, run *gocmd.Runner, o gocmd.Options, app *Graph, env map[string]string) (*Graph, error) {
	all, err := run.List(ctx, o, run.Root, slices.Concat(o.LoadFlags(), []string{"-deps", "--"}, o.Plugins)...)
	if err != nil {
		return nil, err
	}
	listing := map[string]gocmd.Package{}
	for _, p := range all {
		listing[p.ImportPath] = p
	}
	g := app.clone()
	g.plugged = pluginSide{app: app, parts: map[string]*Part{}, files: map[string][]string{}}
	for _, name := range o.Plugins {
		root, ok := FindRoot(all, name, run.Root)
		if !ok {
			continue // the build will say what is wrong with it
		}
		g.Plugins = append(g.Plugins, PluginRoot{Name: path.Base(root.ImportPath), ImportPath: root.ImportPath, Dir: root.Dir})
		g.gather(listing, root.ImportPath, path.Base(root.ImportPath), map[string]bool{}, env)
	}
	for _, p := range g.plugged.parts {
		g.fixImports(p)
	}
	g.Unplug = cannotPlug(env)
	for importPath, p := range g.plugged.parts {
		if g.Unplug != "" {
			p.Fixed = g.Unplug
		}
		g.link(listing[importPath])
		if p.local {
			g.addPart(listing[importPath], p)
		}
	}
	maps.Copy(g.files, app.files)
	for i, root := range g.Plugins {
		if p := g.plugged.parts[root.ImportPath]; p != nil {
			g.Plugins[i].Fixed = p.Fixed
		}
	}
	return g, nil
}

// cannotPlug says why plugins are impossible, or "".
func cannotPlug(env map[string]string) string {
	switch goos := env["GOOS"]; {
	case !slices.Contains([]string{"linux", "darwin", "freebsd"}, goos):
		return "Go has no plugins on " + goos
	case env["CGO_ENABLED"] != "1":
		return "CGO_ENABLED is 0, and Go's plugins need cgo"
	}
	return ""
}

// FindRoot finds a plugin in the answer of go list by its name in the config: an
// import path, or a directory seen from the project's root.
func FindRoot(all []gocmd.Package, name, root string) (gocmd.Package, bool) {
	dir := filepath.Clean(gocmd.InDir(name, root))
	i := slices.IndexFunc(all, func(p gocmd.Package) bool {
		return !p.DepOnly && (p.ImportPath == name || p.Dir != "" && p.Dir == dir)
	})
	if i < 0 {
		return gocmd.Package{}, false
	}
	return all[i], true
}

// gather adds a package, and all that it imports, to the parts of a plugin.
func (g *Graph) gather(listing map[string]gocmd.Package, importPath, plugin string, seen map[string]bool, env map[string]string) {
	p := listing[importPath]
	if seen[importPath] || p.Standard || g.plugged.app.Packages[importPath] {
		return
	}
	seen[importPath] = true
	part := g.plugged.parts[importPath]
	if part == nil {
		part = &Part{
			ImportPath: importPath, Dir: p.Dir, Go: p.GoFiles, Embed: p.EmbedFiles,
			Fixed: whyFixed(p, env), local: changeable(p, env), imports: p.Imports,
		}
		g.plugged.parts[importPath] = part
	}
	part.Plugins = union(part.Plugins, []string{plugin})
	for _, imported := range p.Imports {
		g.gather(listing, imported, plugin, seen, env)
	}
}

// whyFixed says why a package itself cannot have another import path, or "".
func whyFixed(p gocmd.Package, env map[string]string) string {
	native := slices.Concat(p.Native()...)
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
func (g *Graph) fixImports(p *Part) {
	if p.Fixed == "" {
		return
	}
	for _, imported := range p.imports {
		if other := g.plugged.parts[imported]; other != nil && other.Fixed == "" {
			other.Fixed = "package " + p.ImportPath + " imports it, and " + p.Fixed
			g.fixImports(other)
		}
	}
}

// addPart adds the files of a package that only plugins are built from. A file
// that the app is built from, too, such as an embedded one, stays the app's.
func (g *Graph) addPart(p gocmd.Package, part *Part) {
	g.add(p)
	if part.Fixed == "" {
		g.packages[p.Dir].plugins = part.Plugins
	}
	for _, file := range g.contents[p.ImportPath].sources {
		switch {
		case g.plugged.app.files[file] != "":
		case part.Fixed != "":
			g.files[file] += ", from which " + plugins(part.Plugins) + " built and which cannot be loaded again: " + part.Fixed
		default:
			g.plugged.files[file] = union(g.plugged.files[file], part.Plugins)
		}
	}
}

// union joins two lists of names into a sorted one.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// pluginsIn are the names of the plugins that alone are built from the packages in
// a directory; none if the app is, too.
func (g *Graph) pluginsIn(dir string) []string {
	var names []string
	for at, p := range g.packages {
		if !paths.Within(at, dir) {
			continue
		}
		if len(p.plugins) == 0 {
			return nil
		}
		names = union(names, p.plugins)
	}
	return names
}

// plugins lists plugins, with the verb: "plugin greet is", "plugins a and b are".
func plugins(names []string) string {
	if len(names) == 1 {
		return "plugin " + names[0] + " is"
	}
	last := len(names) - 1
	return "plugins " + strings.Join(names[:last], ", ") + " and " + names[last] + " are"
}

// clone returns a graph to which packages can be added.
func (g *Graph) clone() *Graph {
	c := *g
	c.files, c.headers = maps.Clone(g.files), maps.Clone(g.headers)
	c.unlisted.ignored = maps.Clone(g.unlisted.ignored)
	c.contents = maps.Clone(g.contents)
	c.packages, c.embedding = maps.Clone(g.packages), maps.Clone(g.embedding)
	return &c
}
