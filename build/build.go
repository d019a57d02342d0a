// Package build knows a project's package graph and compiles its app.
//
// In go a Config, the project's root and a package; out come a Graph (what the
// app is built from) and an Artifact (an executable in a file of its
// own), or an *Error with Diagnostics. What always holds: nothing is written
// into the project but by commands of the user's; an artifact that is running
// is never overwritten; when the context ends, so does the build with every
// process of it.
package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hotreload/internal/supervise"
)

// Builder compiles one project. Its methods may be called from any goroutine,
// Build and Learn from one at a time.
type Builder struct {
	// Injections is where files lie that take the place of a toolchain's, of all
	// projects; empty: nothing is injected.
	Injections string

	root    string // absolute; go runs here
	cache   string // absolute, ours alone: bin/ID/NAME, obj/ID/, plugin/N/NAME.so, source/ and tmp/
	starter *supervise.Starter
	isOpen  bool                     // more than a question or two will be asked
	recipe  *recipe                  // how to build without the go command; nil: it is not known
	known   *survey                  // of an app with plugins: what lay there last
	plugged int                      // plugins that were built, to tell them apart
	plugins map[string]*pluginRecipe // by their names: how to build them without the go command

	injected *injection        // into what the go command has built last
	refused  map[string]string // overlays that did not compile, and why
}

// Request asks for one build.
type Request struct {
	Config  Config
	Package string   // what to build, as go build takes it
	ID      int      // of this build, unlike that of any other; names the artifact's directory
	Prev    Artifact // what serves now, to tell a byte-identical result
	Changed []string // absolute paths: what changed since the last good build, as far as it is known
	Anew    bool     // the go command is to build: somebody trusts in nothing that is known
	Inject  bool     // the app is to hand over by itself: see package inject
	Plugins bool     // nothing but plugins changed since Prev, as far as is known
	// Burnt are import paths in the process that no plugin may bring along again:
	// of versions whose init functions did not come to their end.
	Burnt map[string]bool

	Note     func(text string) // tells people what they wait for; nil: nobody listens
	Packages map[string]bool   // import paths of those that the app has, as far as is known
	Compiles func(count int)   // told of each package that the go command compiles; nil: nobody asks
}

// Artifact is an executable that was built.
type Artifact struct {
	Path   string // absolute; empty when there is none
	ID     int    // of the build that made it
	Same   bool   // byte-identical to Request.Prev, whose path and ID it has
	Direct bool   // built without the go command, by what Learn found out
	Why    string // the go command built it although Learn had found out how; else empty

	Uninjected string   // why nothing was injected, although it was asked for; else empty
	Kept       bool     // only plugins were built
	Plugins    []Plugin // what it loads as plugins, in the order of the config
	print      string   // of the sources; empty: they changed while it was built
}

// Error is a failed build.
type Error struct {
	Diagnostics []Diagnostic // never empty; errors first, then by file and line
	Text        string       // all that the command printed
}

func (e *Error) Error() string {
	d := e.Diagnostics[0]
	if d.File == "" {
		return d.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", d.File, d.Line, d.Column, d.Message)
}

// New returns a builder for the project at root that keeps its files in cache,
// both absolute.
func New(root, cache string) *Builder {
	return &Builder{root: root, cache: cache, starter: supervise.NewStarter(), plugins: map[string]*pluginRecipe{}}
}

// Open makes the cache, without what a session left that could not clear up.
// Build needs it.
func (b *Builder) Open() error {
	if err := os.RemoveAll(b.cache); err != nil {
		return fmt.Errorf("clear the build cache: %w", err)
	}
	b.isOpen = true
	for _, dir := range []string{"bin", "obj", "plugin", "source", "tmp"} {
		if err := os.MkdirAll(filepath.Join(b.cache, dir), 0o700); err != nil {
			return fmt.Errorf("make the build cache: %w; set XDG_CACHE_HOME to a directory that can be written", err)
		}
	}
	return nil
}

// Close removes all artifacts. Nothing of them may be running.
func (b *Builder) Close() error {
	b.starter.Close()
	return os.RemoveAll(b.cache)
}

// Forget removes an artifact, which must not be running, and its plugins, which
// no process must have.
func (b *Builder) Forget(a Artifact) {
	if a.Path != "" {
		_ = os.RemoveAll(filepath.Dir(a.Path)) // at the latest, Close does
	}
	for _, p := range a.Plugins {
		_ = os.RemoveAll(filepath.Dir(p.Path))
	}
}

// Build compiles the package, and its plugins. A result that does not compile is
// an *Error; a build whose context ended returns the context's error.
func (b *Builder) Build(ctx context.Context, r Request) (Artifact, error) {
	if len(r.Config.Plugin) > 0 {
		return b.buildWithPlugins(ctx, r)
	}
	b.known = nil
	return b.buildApp(ctx, r)
}

// buildApp compiles the package.
func (b *Builder) buildApp(ctx context.Context, r Request) (Artifact, error) {
	tmp, err := os.MkdirTemp(filepath.Join(b.cache, "tmp"), "")
	if err != nil {
		return Artifact{}, err
	}
	// A killed go command leaves its work directory; it goes with ours.
	defer os.RemoveAll(tmp)

	out := filepath.Join(b.cache, "bin", strconv.Itoa(r.ID), executableName(r.Package, b.root))
	if err := os.MkdirAll(filepath.Dir(out), 0o700); err != nil {
		return Artifact{}, err
	}
	a, why := b.direct(ctx, r, out, tmp)
	switch {
	case ctx.Err() != nil:
		os.RemoveAll(filepath.Dir(out))
		return Artifact{}, context.Cause(ctx)
	case why == nil && a.Same:
		os.RemoveAll(filepath.Dir(out))
		return a, nil
	case why == nil:
		return a, nil
	}
	a, err = b.build(ctx, r, out, tmp)
	if err != nil {
		os.RemoveAll(filepath.Dir(out))
		return Artifact{}, err
	}
	if !errors.Is(why, errNotLearnt) {
		a.Why = why.Error()
	}
	b.recipe = nil // it was for what was built before
	return a, nil
}

// build has the go command build, or build.command.
func (b *Builder) build(ctx context.Context, r Request, out, tmp string) (Artifact, error) {
	in, err := b.injection(ctx, r)
	var not *errUninjected
	if err != nil && !errors.As(err, &not) {
		return Artifact{}, err
	}
	in.announce(r)
	text, err := b.command(ctx, r, in, out, tmp)
	if err == nil && len(r.Config.Command) > 0 {
		err = copyOutput(inDir(r.Config.Output, b.root), out, r.Config)
	}
	switch {
	case ctx.Err() != nil:
		return Artifact{}, context.Cause(ctx)
	case err != nil && b.refuse(in, text):
		return b.build(ctx, r, out, tmp) // without
	case err != nil:
		return Artifact{}, b.failure(text, err)
	}
	in.succeeded(r.Config)
	b.injected = in
	a := b.compare(Artifact{Path: out, ID: r.ID}, r.Prev)
	if not != nil {
		a.Uninjected = not.why
	}
	return a, nil
}

// command has the go command build, or build.command, and returns what it printed.
func (b *Builder) command(ctx context.Context, r Request, in *injection, out, tmp string) (string, error) {
	e := execution{
		command: in.command(goBuild(r, out)), dir: b.root,
		env: b.environment(in.environment(r.Config.Env), tmp), together: true,
	}
	switch {
	case len(r.Config.Command) > 0:
		e.command = r.Config.Command
	case r.Compiles != nil && !slices.ContainsFunc(r.Config.Flags, isVerbose):
		n := tally{known: r.Packages, tell: r.Compiles}
		e.command, e.sift = slices.Insert(e.command, 2, "-v"), n.sift
	}
	printed, err := b.execute(ctx, e)
	return printed.out, err
}

// isVerbose reports whether a flag has the go command print more: somebody wants to
// read that.
func isVerbose(flag string) bool {
	name, _ := splitFlag(flag)
	return name == "-v" || name == "-x"
}

// compare makes the former artifact of one that is byte-identical to it.
func (b *Builder) compare(a, prev Artifact) Artifact {
	if prev.Path != "" && !a.Same && identical(a.Path, prev.Path) {
		b.Forget(a)
		return Artifact{Path: prev.Path, ID: prev.ID, Same: true}
	}
	return a
}

// failure makes the error of a command that ended badly.
func (b *Builder) failure(text string, err error) error {
	var exit *exitError
	if !errors.As(err, &exit) {
		return err
	}
	if strings.TrimSpace(text) == "" {
		text = err.Error()
	}
	return &Error{Diagnostics: ParseDiagnostics(text, b.root, b.root), Text: text}
}

// goBuild is the go command that compiles a package to out.
func goBuild(r Request, out string) []string {
	args := append(goFlags(r.Config, "-w"), "-o", out, r.Package) // a -o of the user's does not win
	return append([]string{"go", "build"}, args...)
}

// goFlags are those of a build. An app and its plugins differ only in the linker's.
func goFlags(c Config, ldflags string) []string {
	args := []string{"-buildvcs=false"}
	if len(c.Plugin) > 0 && !setsProfile(c) {
		args = append(args, "-pgo=off") // the app's own profile is not that of its plugins
	}
	args = append(args, withoutDWARF(c, ldflags)...)
	if c.Race {
		args = append(args, "-race")
	}
	if len(c.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(c.Tags, ","))
	}
	if c.Debug {
		args = append(args, "-gcflags=all=-N -l")
	}
	return args
}

// executableName is the name that go build gives the app: the last element of
// its import path that is not a version.
func executableName(pkg, root string) string {
	abs := pkg
	if pkg == "." || pkg == ".." || strings.HasPrefix(pkg, "./") || strings.HasPrefix(pkg, "../") {
		abs = filepath.Join(root, pkg)
	}
	name := filepath.Base(filepath.ToSlash(abs))
	if version.MatchString(name) {
		name = filepath.Base(filepath.Dir(filepath.ToSlash(abs)))
	}
	if strings.ContainsAny(name, `/\`) { // the root of the file system has no name
		name = "app"
	}
	if filepath.Separator == '\\' {
		name += ".exe"
	}
	return name
}

// version matches the last element of a module's path from its second major version on.
var version = regexp.MustCompile(`^v([2-9]|[1-9][0-9]+)$`)
