// Package graph knows what an app is built from.
//
// In go the answers of go list; out comes a Graph, which judges what a change of
// a file means to the app's executable, and tells builders whether the files are
// still as they were. What always holds: a Graph never changes once it is made,
// so any goroutine may use it; judging asks the disk about the file in question
// alone, and never runs the go command.
//
//	go list -> Load -> Graph -> Of(file) -> Verdict
package graph

import (
	gobuild "go/build"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/internal/paths"
)

// Graph is what the app is built from: the packages that can change (those of its
// own modules, of go.work's, replaced and vendored ones; not the standard library,
// not the module cache), their files, and the files that decide versions.
// The nil Graph, of a project that go list cannot read, considers every Go file
// part of the app.
type Graph struct {
	Dirs     []string        // absolute, sorted: where the packages and module files lie
	Count    int             // packages the app is built from, all of them
	Net      bool            // the app can open a port, or something is too broken to tell
	Packages map[string]bool // import paths of all packages the app is built from
	Hot      string          // where its copy of package hot lies, absolute; empty: it does not use one
	Plugins  []PluginRoot    // what it loads as plugins, in the order of the config
	Unplug   string          // why no plugin can be built; empty: they can

	plugged   pluginSide               // what only plugins are built from
	contents  map[string]contents      // of all packages outside the standard library, by import path
	files     map[string]string        // absolute path -> what it is to the app
	packages  map[string]*localPackage // directory -> package that can change
	embedding map[string]*localPackage // those of them that embed something
	headers   map[string]string        // absolute path of a Go file -> its header
	context   gobuild.Context          // decides build constraints
	unlisted  unlisted                 // what else it may be built from
}

// unlisted is what go list does not count among the files of packages.
type unlisted struct {
	ignored map[string]bool // absolute paths of what constraints leave out
	command map[string]bool // absolute paths that build.command names, true; nil: go build builds
	works   []string        // absolute paths of go.work files that would count if they existed
	vendors []string        // absolute paths of vendor directories that would count if they existed

	included map[string]Included // what C code includes that the go command does not know, by package directory
}

// contents is what a package consists of.
type contents struct {
	imports []string // import paths
	sources []string // absolute paths of its files, if they can change
}

// localPackage is a package that can change.
type localPackage struct {
	importPath string
	written    bool // by the user, rather than copied from elsewhere
	cgo        bool
	assembly   bool
	embeds     []string // patterns
	plugins    []string // names of the plugins that alone are built from it; none: the app is, too
}

// Verdict tells what a change of a file means to the app's executable.
type Verdict struct {
	Built   bool     // the app is built from it, or a plugin
	Plugins []string // names of the plugins that alone are
	Reason  string   // continues the sentence "PATH is …"
	Relist  bool     // the graph itself may be another now
	Doubt   bool     // only build.command can tell whether it reads it
	LeftOut bool     // by its build constraints, as they are now
}

// Of judges a change of the file at the absolute path, which may be gone.
func (g *Graph) Of(file string) Verdict { return g.of(file, exists) }

// OfNew judges the creation of a file by its name, before it exists.
func (g *Graph) OfNew(file string) Verdict { return g.of(file, func(string) bool { return true }) }

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}

func (g *Graph) of(file string, exists func(string) bool) Verdict {
	if g == nil {
		return judgeByName(filepath.Base(file))
	}
	v := g.verdict(file, exists)
	if len(v.Plugins) > 0 {
		v.Reason += ", from which only " + plugins(v.Plugins) + " built"
	}
	return v
}

// decidesModules is the reason of a module file.
const decidesModules = "what decides which modules the app is built from"

// verdict judges a file, without mentioning plugins in the reason.
func (g *Graph) verdict(file string, exists func(string) bool) Verdict {
	if reason, ok := g.files[file]; ok {
		return Verdict{
			Built: true, Plugins: g.plugged.files[file], Reason: reason,
			Relist: reason == decidesModules || reason == awaitedHeader || g.Relist(file),
		}
	}
	dir, name := filepath.Split(file)
	if p, ok := g.packages[filepath.Clean(dir)]; ok {
		if v := g.inPackage(p, dir, name, exists); v.Reason != "" {
			return g.unlessCompiled(v, file)
		}
	}
	for _, at := range g.Dirs {
		if p := g.packages[at]; p != nil && paths.Within(at, file) { // a directory appeared or disappeared as a whole
			return Verdict{Built: true, Plugins: g.pluginsIn(file), Reason: "where package " + p.importPath + " lies", Relist: true}
		}
		if (name == "go.mod" || name == "go.work") && paths.Within(at, filepath.Clean(dir)) {
			return Verdict{Built: true, Reason: decidesModules, Relist: true}
		}
	}
	if p := g.embeds(file); p != nil {
		return Verdict{Built: true, Plugins: p.plugins, Reason: "embedded in package " + p.importPath, Relist: true}
	}
	if slices.ContainsFunc(g.Dirs, func(at string) bool { return paths.Within(at, file) }) {
		return Verdict{Built: true, Reason: "a directory of files that the app is built from", Relist: true}
	}
	if slices.ContainsFunc(g.unlisted.vendors, func(vendor string) bool { return paths.Within(file, vendor) }) {
		return Verdict{Built: true, Reason: "in a vendor directory, which decides where modules come from", Relist: true}
	}
	switch {
	case strings.HasSuffix(name, "_test.go"):
		return Verdict{Reason: "a test"}
	case g.commandReads(file):
		return Verdict{Built: true, Doubt: true, Reason: "possibly part of the build, because only build.command knows what it reads"}
	case strings.HasSuffix(name, ".go"):
		return Verdict{Reason: "not in a package that the app is built from"}
	}
	return Verdict{Reason: "not used to build the app"}
}

// judgeByName judges a file by its name alone.
func judgeByName(name string) Verdict {
	switch {
	case strings.HasSuffix(name, "_test.go"):
		return Verdict{Reason: "a test"}
	case strings.HasSuffix(name, ".go") || slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum", "modules.txt"}, name):
		return Verdict{Built: true, Reason: "possibly part of the app, whose package graph is not known", Relist: true}
	}
	return Verdict{Reason: "not used to build the app"}
}

// inPackage judges a file in the directory of a package that was not one of its
// files when the graph was made. The zero verdict: it is not a source file.
func (g *Graph) inPackage(p *localPackage, dir, name string, exists func(string) bool) Verdict {
	switch ext := path.Ext(name); {
	case strings.HasSuffix(name, "_test.go"):
		return Verdict{Reason: "a test"}
	case strings.HasPrefix(name, "_") || strings.HasPrefix(name, "."):
		return Verdict{}
	case ext == ".go" || isAssembly(ext) || p.cgo && isNative(ext) || p.assembly && ext == ".h":
		if reason := g.leftOutBy(dir, name); reason != "" {
			return Verdict{LeftOut: true, Reason: reason}
		}
		if !exists(filepath.Join(dir, name)) {
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

// Relist reports whether a known file changed in a way that may change the graph:
// it is gone, or a Go file has other imports, constraints, embed patterns or linknames.
func (g *Graph) Relist(file string) bool {
	if known, ok := g.headers[file]; ok {
		return known == "" || header(file) != known
	}
	_, err := os.Stat(file)
	return err != nil
}
