package graph

import (
	"context"
	gobuild "go/build"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotreload/build/gocmd"
	"hotreload/internal/paths"
)

// attempts bounds how often a graph is loaded again because files were written meanwhile.
const attempts = 3

// Load asks go list what pkg is built from, and its plugins. Of a file that is being written
// go list may read a half, without its imports; then it is asked again. A file that is
// written all the time is left to the next change of it, which the graph takes for one that
// may change the graph.
func Load(ctx context.Context, run *gocmd.Runner, o gocmd.Options, pkg string) (*Graph, error) {
	for left := attempts - 1; ; left-- {
		began := time.Now()
		g, err := load(ctx, run, o, pkg)
		if err != nil || left == 0 || !g.writtenWithin(began.Add(-granularity), time.Now()) {
			return g, err
		}
	}
}

func load(ctx context.Context, run *gocmd.Runner, o gocmd.Options, pkg string) (*Graph, error) {
	env, err := run.Settings(ctx, o.Env)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	all, err := run.List(ctx, o, run.Root, append(o.LoadFlags(), "-deps", "--", pkg)...)
	if err != nil {
		return nil, err
	}
	g := newGraph(o, env)
	g.unlisted.command, g.unlisted.works = filesNamed(o, run.Root), worksAbove(run.Root, o, env["GOWORK"])
	g.Count = len(all)
	for _, p := range all {
		g.take(p, env)
		g.Net = g.Net || p.Error != nil
	}
	if g.unlisted.command != nil {
		if err := g.takeLeftOut(ctx, run, o, env); err != nil {
			return nil, err
		}
	}
	g.include(ctx, run, o, all, env)
	g.plugged.app = g
	if len(o.Plugins) > 0 {
		if g, err = withPlugins(ctx, run, o, g, env); err != nil {
			return nil, err
		}
		g.plugged.app.settle(began)
	}
	g.settle(began)
	return g, nil
}

func newGraph(o gocmd.Options, env map[string]string) *Graph {
	g := &Graph{
		contents:  map[string]contents{},
		files:     map[string]string{},
		packages:  map[string]*localPackage{},
		embedding: map[string]*localPackage{},
		headers:   map[string]string{},
		context:   gobuild.Default,
		Packages:  map[string]bool{},
	}
	g.context.BuildTags = o.BuildTags(env["GOFLAGS"])
	g.context.GOOS, g.context.GOARCH, g.context.CgoEnabled = env["GOOS"], env["GOARCH"], env["CGO_ENABLED"] == "1"
	g.unlisted.ignored = map[string]bool{}
	if work := env["GOWORK"]; work != "" && work != "off" {
		g.addModule(work, "go.work.sum", "vendor/modules.txt")
		g.awaitVendor(work)
	} else if file := env["GOMOD"]; filepath.IsAbs(file) {
		g.awaitVendor(file)
	}
	return g
}

// take adds a package to what the app is built from.
func (g *Graph) take(p gocmd.Package, env map[string]string) {
	g.Packages[p.ImportPath] = true
	if isHot(p) {
		g.Hot = p.Dir
	}
	g.Net = g.Net || p.ImportPath == "net"
	g.link(p)
	if !changeable(p, env) {
		return
	}
	g.add(p)
	if p.Name == "main" && !p.DepOnly {
		g.files[filepath.Join(p.Dir, "default.pgo")] = "the profile by which package " + p.ImportPath + " is optimised"
	}
}

// changeable reports whether the files of a package may be edited.
func changeable(p gocmd.Package, env map[string]string) bool {
	return !p.Standard && p.Dir != "" && !paths.Within(p.Dir, env["GOMODCACHE"])
}

// link notes what a package imports.
func (g *Graph) link(p gocmd.Package) {
	if !p.Standard {
		g.contents[p.ImportPath] = contents{imports: p.Imports}
	}
}

// add adds a package with its files, and the files of its module.
func (g *Graph) add(p gocmd.Package) {
	of := "part of package " + p.ImportPath
	for _, names := range append(p.Native(), p.GoFiles, p.CgoFiles, p.HFiles, p.SFiles, p.SysoFiles) {
		for _, name := range names {
			g.addFile(p, name, of)
			if strings.HasSuffix(name, ".go") || len(p.CgoFiles) > 0 {
				g.addHeader(filepath.Join(p.Dir, name))
			}
		}
	}
	for _, names := range [][]string{p.IgnoredGoFiles, p.IgnoredOtherFiles} {
		for _, name := range names {
			g.unlisted.ignored[filepath.Join(p.Dir, name)] = true
		}
	}
	if g.unlisted.command != nil && len(p.IgnoredGoFiles) > 0 {
		for _, name := range p.IgnoredGoFiles {
			g.addHeader(filepath.Join(p.Dir, name))
		}
		p.EmbedPatterns = g.regardless(p.Dir).EmbedPatterns
	}
	for _, name := range p.EmbedFiles {
		g.addFile(p, name, "embedded in package "+p.ImportPath)
	}
	g.packages[p.Dir] = &localPackage{
		importPath: p.ImportPath, written: p.Module != nil && p.Module.Main, cgo: len(p.CgoFiles) > 0, assembly: len(p.SFiles) > 0, embeds: p.EmbedPatterns,
	}
	if len(p.EmbedPatterns) > 0 {
		g.embedding[p.Dir] = g.packages[p.Dir]
	}
	if p.Module != nil && p.Module.GoMod != "" {
		g.addModule(p.Module.GoMod, "go.sum", "vendor/modules.txt")
	}
}

func (g *Graph) addHeader(file string) { g.headers[file] = header(file) }

func (g *Graph) addFile(p gocmd.Package, name, reason string) {
	file := filepath.Join(p.Dir, name)
	g.files[file] = reason
	c := g.contents[p.ImportPath]
	c.sources = append(c.sources, file)
	g.contents[p.ImportPath] = c
}

// addModule adds a go.mod or go.work, with files that may lie beside it.
func (g *Graph) addModule(file string, beside ...string) {
	g.files[file] = decidesModules
	for _, name := range beside {
		g.files[filepath.Join(filepath.Dir(file), name)] = decidesModules
	}
}

// awaitVendor notes that a vendor directory beside a go.mod or go.work would decide where modules
// come from, whatever is in it.
func (g *Graph) awaitVendor(file string) {
	vendor := filepath.Join(filepath.Dir(file), "vendor")
	if _, err := os.Stat(vendor); err != nil && file != os.DevNull {
		g.unlisted.vendors = append(g.unlisted.vendors, vendor)
	}
}

// settle completes a graph. Loading it began before go list had read a file.
func (g *Graph) settle(began time.Time) {
	for file := range g.headers {
		if info, err := os.Stat(file); err != nil || info.ModTime().After(began) {
			g.headers[file] = "" // go list may have read it before that change
		}
	}
	dirs := map[string]bool{}
	for file := range g.files {
		dirs[filepath.Dir(file)] = true
	}
	for dir, p := range g.embedding {
		for _, at := range p.awaits(dir) {
			dirs[at] = true
		}
	}
	g.Dirs = slices.Sorted(maps.Keys(dirs))
}
