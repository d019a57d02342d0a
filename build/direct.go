package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"hotreload/build/direct"
	"hotreload/build/gocmd"
	"hotreload/build/inject"
)

// learned is how the app is built without the go command.
type learned struct {
	config Config
	pkg    string
	inject bool
	recipe *direct.Recipe
	linked Artifact      // by the recipe's last build
	took   time.Duration // to link it; 0: it was not linked
	shared *sharing      // how to link its own packages alone; nil: not known

	settings map[string]string // of go env
}

// fits reports whether a request is for the app that was learned.
func (l *learned) fits(r Request) bool {
	return l != nil && l.pkg == r.Package && l.inject == r.Inject && reflect.DeepEqual(l.config, r.Config)
}

// errNotLearned is why the go command makes most first builds.
var errNotLearned = errors.New("the builder has not learned how to build the app")

// direct builds by the recipe. An error that is an *Error is the compiler's; another
// says why the go command has to build.
func (b *Builder) direct(ctx context.Context, r Request, out, tmp string) (Artifact, error) {
	l := b.learned
	if r.Full {
		b.learned = nil
		b.compiled.Clear()
	}
	switch {
	case !l.fits(r):
		return Artifact{}, errNotLearned
	case r.Full:
		return Artifact{}, errors.New("a full build was requested")
	}
	a, whole := b.buildShared(ctx, r, out, tmp)
	var failed *Error
	if whole == nil || ctx.Err() != nil || errors.As(whole, &failed) {
		return a, whole
	}
	changes, err := l.recipe.Stale(r.Changed)
	if err != nil {
		b.learned = nil // it does not cover what the go command builds now
		return Artifact{}, err
	}
	objects, err := l.recipe.Compile(ctx, b.run, changes, direct.Workplace{Store: b.compiled, Tmp: tmp, Note: b.note})
	a = Artifact{Path: out, ID: r.ID}
	if err == nil && len(objects) == 0 && l.linked.Path == r.Prev.Path && r.Prev.Path != "" {
		a = r.Prev.again()
	} else if err == nil {
		start := time.Now()
		err = l.recipe.Link(ctx, b.run, objects, out, tmp)
		l.took = time.Since(start)
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return Artifact{}, err
	}
	a = b.compare(a, r.Prev)
	a.Direct, a.Uninjected = true, l.linked.Uninjected
	l.linked = a
	if !errors.Is(whole, errNotShared) {
		a.Why = whole.Error()
	}
	b.trim(l.recipe.Adopt(changes, objects))
	return a, nil
}

// Learn finds out how an artifact that the go command has built can be built again
// without it. Builds of the same request then are direct where possible. The graph
// must be of the same time. An error is only a reason why builds go on as before:
// ErrCannotLearn holds until the graph changes, ErrOutdated calls for a new graph.
func (b *Builder) Learn(ctx context.Context, r Request, a Artifact, g *Graph) error {
	if why := r.Config.indirect(); why != "" {
		b.learned = nil
		return fmt.Errorf("%w: %s", ErrCannotLearn, why)
	}
	settings, err := b.run.Settings(ctx, r.Config.Env)
	if err != nil {
		return err
	}
	if flag := direct.UnknownFlag(strings.Fields(settings["GOFLAGS"])); flag != "" {
		b.learned = nil
		return fmt.Errorf("%w: of %s", ErrCannotLearn, flag)
	}
	var failed error
	if !b.learned.fits(r) || b.learned.linked.Path != a.Path {
		failed = b.learnApp(ctx, r, a, g.App(), settings)
	}
	// That a plugin needs the go command says nothing about the app.
	if err := b.plugins.Learn(ctx, r.Config.options(), a.Plugins, settings); err != nil && failed == nil {
		failed = errors.New(err.Error())
	}
	return failed
}

// learnApp finds out how the app itself is built.
func (b *Builder) learnApp(ctx context.Context, r Request, a Artifact, g *Graph, settings map[string]string) error {
	b.learned = nil
	recipe, err := direct.Learn(ctx, b.run, direct.Subject{
		Command: b.injected.Command(goBuild(r, filepath.Join(b.cache, "tmp", "none"))),
		Env:     b.injected.Env(r.Config.Env), Settings: b.settings(b.injected, settings), Graph: g, Artifact: a.Path,
	}, b.compiled)
	if err != nil {
		return err
	}
	b.learned = &learned{config: r.Config, pkg: r.Package, inject: r.Inject, recipe: recipe, linked: a, settings: settings}
	b.run.Prepare() // for the next build
	return nil
}

// settings are those of go env, for a build with what is injected.
func (b *Builder) settings(in *inject.Injection, settings map[string]string) map[string]string {
	settings = maps.Clone(settings)
	maps.Copy(settings, in.Env(nil))
	return settings
}

// toolEnv is the environment of compiler and linker.
func (b *Builder) toolEnv(r Request, in *inject.Injection, settings map[string]string) []string {
	return direct.ToolEnv(b.root, in.Env(r.Config.Env), b.settings(in, settings))
}

// indirect says what in a config only the go command can do, or "".
func (c Config) indirect() string {
	switch {
	case len(c.Command) > 0:
		return "build.command builds it"
	case !c.Direct:
		return "build.direct is false"
	}
	for _, flag := range c.Flags {
		if name, value := gocmd.SplitFlag(flag); name == "-buildvcs" && value != "false" {
			return "of " + flag
		}
	}
	if flag := direct.UnknownFlag(c.Flags); flag != "" {
		return "of " + flag
	}
	return ""
}
