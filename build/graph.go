package build

import (
	"context"
	gobuild "go/build"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Graph is what the app is built from: the packages that can change (its own
// modules', go.work's, replaced and vendored ones; not the standard library,
// not the module cache), their files and the files that decide versions.
// A Graph is never changed once it is made. The nil Graph, of a project that go
// list cannot read, takes every Go file for a part of the app.
type Graph struct {
	Dirs     []string        // absolute, sorted: where the packages and module files lie
	Count    int             // packages the app is built from, all of them
	Net      bool            // the app can open a port, or it is not known because something is broken
	Packages map[string]bool // import paths of all packages the app is built from
	Hot      string          // where its copy of package hot lies, absolute; empty: it does not use one
	Plugins  []PluginRoot    // what it loads as plugins, in the order of the config
	Unplug   string          // why no plugin can be built; empty: they can

	app       *Graph                 // without its plugins
	parts     map[string]*pluginPart // import path -> package that only plugins need
	plugged   map[string][]string    // absolute path -> names of the plugins that alone are built from the file
	imports   map[string][]string    // import path -> what it imports, of all but the standard library
	sources   map[string][]string    // import path -> its files, absolute, if somebody may edit it
	files     map[string]string      // absolute path -> what it is to the app
	ignored   map[string]bool        // absolute paths of what constraints leave out
	packages  map[string]*packaged   // directory -> package
	embedding map[string]*packaged   // those of them that embed something
	headers   map[string]string      // absolute path of a Go file -> its header
	context   gobuild.Context        // decides build constraints
}

// packaged is what Of needs of a package.
type packaged struct {
	importPath string
	cgo        bool
	assembly   bool
	embeds     []string
	plugins    []string // names of those that alone are built from it; none: the app is
}

// Graph asks go list what pkg is built from, and its plugins.
func (b *Builder) Graph(ctx context.Context, c Config, pkg string) (*Graph, error) {
	env, err := b.settings(ctx, c)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	all, err := b.list(ctx, c, b.root, append(loadFlags(c), "-deps", "--", pkg)...)
	if err != nil {
		return nil, err
	}
	g := newGraph(c, env)
	g.Count = len(all)
	for _, p := range all {
		g.Packages[p.ImportPath] = true
		if isHot(p) {
			g.Hot = p.Dir
		}
		g.Net = g.Net || p.ImportPath == "net" || p.Error != nil
		g.link(p)
		if changeable(p, env) {
			g.add(p, p.Name == "main" && !p.DepOnly)
		}
	}
	g.app = g
	if len(c.Plugin) > 0 {
		if g, err = b.withPlugins(ctx, c, g, env); err != nil {
			return nil, err
		}
		g.app.settle(began)
	}
	g.settle(began)
	return g, nil
}

func newGraph(c Config, env map[string]string) *Graph {
	g := &Graph{
		imports:   map[string][]string{},
		sources:   map[string][]string{},
		files:     map[string]string{},
		ignored:   map[string]bool{},
		packages:  map[string]*packaged{},
		embedding: map[string]*packaged{},
		headers:   map[string]string{},
		context:   gobuild.Default,
		Packages:  map[string]bool{},
	}
	g.context.BuildTags = buildTags(c, env["GOFLAGS"])
	g.context.GOOS, g.context.GOARCH, g.context.CgoEnabled = env["GOOS"], env["GOARCH"], env["CGO_ENABLED"] == "1"
	if work := env["GOWORK"]; work != "" && work != "off" {
		g.moduleFiles(work, "go.work.sum", "vendor/modules.txt")
	}
	return g
}

// link takes what a package imports.
func (g *Graph) link(p listed) {
	if !p.Standard {
		g.imports[p.ImportPath] = p.Imports
	}
}

// changeable reports whether somebody may edit a package.
func changeable(p listed, env map[string]string) bool {
	return !p.Standard && p.Dir != "" && !within(p.Dir, env["GOMODCACHE"])
}

// settle ends the making of a graph, which began when go list had read nothing yet.
func (g *Graph) settle(began time.Time) {
	for file := range g.headers {
		if info, err := os.Stat(file); err != nil || info.ModTime().After(began) {
			g.headers[file] = "" // go list may have read another one
		}
	}
	dirs := map[string]bool{}
	for file := range g.files {
		dirs[filepath.Dir(file)] = true
	}
	g.Dirs = slices.Sorted(maps.Keys(dirs))
}

// add takes a package with its files, and the files of its module. The root is
// what the app's executable is named after.
func (g *Graph) add(p listed, root bool) {
	of := "part of package " + p.ImportPath
	for _, names := range [][]string{
		p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles,
		p.SwigFiles, p.SwigCXXFiles, p.SysoFiles,
	} {
		for _, name := range names {
			file := filepath.Join(p.Dir, name)
			g.files[file] = of
			g.sources[p.ImportPath] = append(g.sources[p.ImportPath], file)
			if strings.HasSuffix(name, ".go") {
				g.headers[file] = header(file)
			}
		}
	}
	for _, names := range [][]string{p.IgnoredGoFiles, p.IgnoredOtherFiles} {
		for _, name := range names {
			g.ignored[filepath.Join(p.Dir, name)] = true
		}
	}
	if root {
		g.files[filepath.Join(p.Dir, "default.pgo")] = "the profile by which package " + p.ImportPath + " is optimised"
	}
	for _, name := range p.EmbedFiles {
		file := filepath.Join(p.Dir, name)
		g.files[file] = "embedded in package " + p.ImportPath
		g.sources[p.ImportPath] = append(g.sources[p.ImportPath], file)
	}
	g.packages[p.Dir] = &packaged{
		importPath: p.ImportPath, cgo: len(p.CgoFiles) > 0, assembly: len(p.SFiles) > 0, embeds: p.EmbedPatterns,
	}
	if len(p.EmbedPatterns) > 0 {
		g.embedding[p.Dir] = g.packages[p.Dir]
	}
	if p.Module != nil && p.Module.GoMod != "" {
		g.moduleFiles(p.Module.GoMod, "go.sum", "vendor/modules.txt")
	}
}

// moduleFiles takes a go.mod or go.work with the files that may lie beside it.
func (g *Graph) moduleFiles(file string, beside ...string) {
	g.files[file] = decidesModules
	for _, name := range beside {
		g.files[filepath.Join(filepath.Dir(file), name)] = decidesModules
	}
}

const decidesModules = "what decides which modules the app is built from"

// Verdict tells what a change of a file means to the app's executable.
type Verdict struct {
	Built   bool     // the app is built from it, or a plugin
	Plugins []string // names of the plugins that alone are
	Reason  string   // continues the sentence "PATH is …"
	Relist  bool     // the graph itself may be another now
}

// Of judges a change of the file at the absolute path, which may be gone.
func (g *Graph) Of(file string) Verdict { return g.of(file, isThere) }

// OfNew judges the making of a file that is not there yet, by its name.
func (g *Graph) OfNew(file string) Verdict { return g.of(file, func(string) bool { return true }) }

func isThere(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}

func (g *Graph) of(file string, isThere func(string) bool) Verdict {
	if g == nil {
		return unknown(filepath.Base(file))
	}
	v := g.verdict(file, isThere)
	if len(v.Plugins) > 0 {
		v.Reason += ", from which only " + plugins(v.Plugins) + " built"
	}
	return v
}

// verdict judges a file, without a word on plugins.
func (g *Graph) verdict(file string, isThere func(string) bool) Verdict {
	if reason, ok := g.files[file]; ok {
		return Verdict{
			Built: true, Plugins: g.plugged[file], Reason: reason,
			Relist: reason == decidesModules || g.relist(file),
		}
	}
	dir, name := filepath.Split(file)
	if p, ok := g.packages[filepath.Clean(dir)]; ok {
		if v := g.inPackage(p, dir, name, isThere); v.Reason != "" {
			return v
		}
	}
	for _, at := range g.Dirs {
		if p := g.packages[at]; p != nil && within(at, file) { // a directory came or went as a whole
			return Verdict{Built: true, Plugins: g.pluggedIn(file), Reason: "where package " + p.importPath + " lies", Relist: true}
		}
		if (name == "go.mod" || name == "go.work") && within(at, filepath.Clean(dir)) {
			return Verdict{Built: true, Reason: decidesModules, Relist: true}
		}
	}
	if p := g.embeds(file); p != nil {
		return Verdict{Built: true, Plugins: p.plugins, Reason: "embedded in package " + p.importPath, Relist: true}
	}
	if slices.ContainsFunc(g.Dirs, func(at string) bool { return within(at, file) }) {
		return Verdict{Built: true, Reason: "where files lie that the app is built from", Relist: true}
	}
	switch {
	case strings.HasSuffix(name, "_test.go"):
		return Verdict{Reason: "a test"}
	case strings.HasSuffix(name, ".go"):
		return Verdict{Reason: "in no package that the app is built from"}
	}
	return Verdict{Reason: "nothing the app is built from"}
}

// unknown judges by a file's name alone.
func unknown(name string) Verdict {
	switch {
	case strings.HasSuffix(name, "_test.go"):
		return Verdict{Reason: "a test"}
	case strings.HasSuffix(name, ".go") || slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum", "modules.txt"}, name):
		return Verdict{Built: true, Reason: "perhaps a part of the app, whose package graph is not known", Relist: true}
	}
	return Verdict{Reason: "nothing the app is built from"}
}

// inPackage judges a file that lies in the directory of a package but was none
// of its files when the graph was made. The zero verdict: it is no source.
func (g *Graph) inPackage(p *packaged, dir, name string, isThere func(string) bool) Verdict {
	switch ext := path.Ext(name); {
	case strings.HasSuffix(name, "_test.go"):
		return Verdict{Reason: "a test"}
	case strings.HasPrefix(name, "_") || strings.HasPrefix(name, "."):
		return Verdict{}
	case ext == ".go" || isAssembly(ext) || p.cgo && isNative(ext) || p.assembly && ext == ".h":
		if reason := g.leftOut(dir, name); reason != "" {
			return Verdict{Reason: reason}
		}
		if !isThere(filepath.Join(dir, name)) {
			return Verdict{Built: true, Plugins: p.plugins, Reason: "gone from package " + p.importPath, Relist: true}
		}
		return Verdict{Built: true, Plugins: p.plugins, Reason: "new in package " + p.importPath, Relist: true}
	}
	return Verdict{}
}

func isAssembly(ext string) bool { return ext == ".s" || ext == ".S" || ext == ".sx" || ext == ".syso" }

func isNative(ext string) bool {
	return slices.Contains([]string{".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".m", ".f", ".F", ".for", ".f90", ".swig", ".swigcxx"}, ext)
}

// embeds finds a package with a //go:embed pattern that a file matches, which
// may be new. A pattern that matches a directory takes all in it but the files
// whose names start with '.' or '_', unless it starts with "all:".
// What the app embeds comes before what a plugin does.
func (g *Graph) embeds(file string) *packaged {
	var found *packaged
	for dir, p := range g.embedding {
		if !within(file, dir) || found != nil && len(p.plugins) > 0 {
			continue
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			continue
		}
		parts := strings.Split(filepath.ToSlash(rel), "/")
		for _, pattern := range p.embeds {
			pattern, all := strings.CutPrefix(pattern, "all:")
			depth := strings.Count(pattern, "/") + 1
			if pattern == "." {
				depth = 0
			}
			if depth > len(parts) {
				continue
			}
			match := depth == 0
			if !match {
				match, _ = path.Match(pattern, strings.Join(parts[:depth], "/"))
			}
			hidden := func(part string) bool { return part[0] == '.' || part[0] == '_' }
			if match && (all || !slices.ContainsFunc(parts[depth:], hidden)) {
				found = p
				break
			}
		}
	}
	return found
}

// relist reports whether a known file changed in a way that may change the
// graph: a Go file its imports, constraints or embed patterns; a file that came
// or went.
func (g *Graph) relist(file string) bool {
	if known, ok := g.headers[file]; ok {
		return known == "" || header(file) != known
	}
	_, err := os.Stat(file)
	return err != nil
}

// within reports whether a path is dir or lies below it.
func within(path, dir string) bool {
	rest, ok := strings.CutPrefix(path, dir)
	return ok && dir != "" && (rest == "" || os.IsPathSeparator(rest[0]))
}
