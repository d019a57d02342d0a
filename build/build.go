// Package build knows a project's package graph and compiles its app.
//
// In go a Config, the project's root and a package; out come a Graph (what the app
// is built from) and an Artifact (an executable in a file of its own), or an *Error
// with Diagnostics. What always holds: only commands of the user's write into the
// project; an artifact that is running is never overwritten; when the context ends,
// the build ends with all its processes.
//
//	Request -> direct (no go command), or the go command -> Artifact, or *Error
//
// The parts lie below: gocmd runs commands, graph knows what the app is built from,
// diag reads what a failed build printed, direct builds without the go command,
// plugin builds plugins, inject makes an app hand over by itself.
package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hotreload/build/diag"
	"hotreload/build/direct"
	"hotreload/build/gocmd"
	"hotreload/build/graph"
	"hotreload/build/inject"
	"hotreload/build/plugin"
	"hotreload/build/shared"
)

// Builder compiles one project. Its methods may be called from any goroutine,
// Build and Learn from one at a time.
type Builder struct {
	// Injections is a directory for the files that replace a toolchain's, shared by
	// all projects; empty: nothing is injected.
	Injections string
	// Recaller is an executable that calls StandIn if StandsIn. With it, what was compiled
	// directly is not compiled again when the go command builds. May be empty.
	Recaller string
	// Libraries is a directory for the libraries that apps are linked against, shared
	// by all projects; empty: apps are linked as a whole.
	Libraries string

	root     string // absolute; go runs here
	cache    string // absolute: bin/ID/NAME, obj/KEY.a, lib/NAME.so, plugin/N/NAME.so, source/ and tmp/, and app/NAME/ for the app and its files
	run      *gocmd.Runner
	plugins  *plugin.Builder
	injector *inject.Injector
	injected *inject.Injection // into the go command's last build
	learned  *learned          // how to build without the go command; nil: not known
	compiled *direct.Store     // packages, of all versions
	homes    map[string]*home  // of the artifacts, by the app's name
	inspects bool              // it only answers questions
	note     func(pkg string)  // is told each package that is compiled without the go command; may be nil
}

// New returns a builder for the project at root that keeps its files in cache,
// both absolute.
func New(root, cache string) *Builder {
	run := gocmd.NewRunner(root)
	return &Builder{
		root: root, cache: cache, run: run,
		plugins: plugin.NewBuilder(run, cache), injector: inject.NewInjector(root),
		compiled: direct.NewStore(filepath.Join(cache, "obj")), homes: map[string]*home{},
	}
}

// ours are the directories in the cache that only hotreload writes to, besides obj, which
// stays.
var ours = []string{"bin", "lib", "plugin", "source", "tmp", "included"}

// Open creates the cache, and clears away what a crashed session left there. Build
// needs it.
func (b *Builder) Open() error {
	if err := b.clear(); err != nil {
		return fmt.Errorf("clear the build cache: %w", err)
	}
	if err := b.compiled.Resume(); err != nil {
		return fmt.Errorf("make the build cache: %w; set XDG_CACHE_HOME to a directory that can be written", err)
	}
	b.run.Many = true
	for _, dir := range ours {
		if err := os.MkdirAll(filepath.Join(b.cache, dir), 0o700); err != nil {
			return fmt.Errorf("make the build cache: %w; set XDG_CACHE_HOME to a directory that can be written", err)
		}
	}
	b.run.Temporary = filepath.Join(b.cache, "tmp")
	return nil
}

// Close removes all artifacts. None of them may be running. What the app keeps beside its
// executable stays, and so do compiled packages that the next session can use.
func (b *Builder) Close() error {
	b.run.Close()
	if b.Recaller == "" {
		b.compiled.Clear()
	}
	return errors.Join(b.compiled.Rest(), b.clear())
}

// clear removes what is ours.
func (b *Builder) clear() error {
	var errs []error
	for _, dir := range ours {
		errs = append(errs, os.RemoveAll(filepath.Join(b.cache, dir)))
	}
	b.vacate()
	return errors.Join(errs...)
}

// Forget removes an artifact, which must not be running, and its plugins, which no
// process may have loaded.
func (b *Builder) Forget(a Artifact) {
	if a.Path != "" {
		_ = os.RemoveAll(filepath.Dir(a.Path)) // Close tries again
	}
	for _, p := range a.Plugins {
		p.Remove()
	}
}

// Graph asks go list what pkg is built from, and its plugins.
func (b *Builder) Graph(ctx context.Context, c Config, pkg string) (*Graph, error) {
	c, err := b.ask(c, b.root)
	if err != nil {
		return nil, err
	}
	return graph.Load(ctx, b.run, c.options(), pkg)
}

// Build compiles the package, and its plugins. If the code does not compile, the
// error is an *Error; if the context ended, it is the context's cause.
func (b *Builder) Build(ctx context.Context, r Request) (Artifact, error) {
	if err := checkModules(r.Config, b.root); err != nil {
		return Artifact{}, &Error{Text: err.Error()}
	}
	make := b.buildWithPlugins
	if len(r.Config.Plugin) == 0 {
		b.plugins.Forget()
		make = b.buildApp
	}
	a, err := make(ctx, r)
	return a, b.explainGone(ctx, r, b.explainFull(r.Config, err))
}

// Names of the parts that callers need.
type (
	Graph      = graph.Graph
	Verdict    = graph.Verdict
	PluginRoot = graph.PluginRoot
	Included   = graph.Included
	Plugin     = plugin.Plugin
	Diagnostic = diag.Diagnostic
	Error      = diag.Error // a failed build
)

var (
	ErrCannotLearn = direct.ErrCannotLearn
	ErrOutdated    = direct.ErrOutdated
	ErrLater       = shared.ErrLater
)

// StandsIn reports whether this process was started by a build in place of a tool of Go's.
// Then it must do nothing but exit with the status of StandIn.
func StandsIn() bool { return direct.StandsIn() }

// StandIn does the work of a tool of Go's.
func StandIn() (status int) { return direct.StandIn() }

// RealPaths replaces the import paths that plugins have in a process by those in
// the source.
func RealPaths(text string) string { return plugin.RealPaths(text) }
