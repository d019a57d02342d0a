package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

var (
	// ErrCannotLearn is why an app is always built by the go command.
	ErrCannotLearn = errors.New("the app cannot be built without the go command")
	// ErrOutdated is why nothing is learnt from a graph that is not the one by
	// which the go command has built.
	ErrOutdated = errors.New("the package graph is out of date")
)

// Learn finds out how an artifact that the go command has built can be built
// again without it; Builds of the same request then are direct where they can be.
// The graph must be of the same time. An error is no more than a reason why
// builds go on as before; ErrCannotLearn says that this will not change before
// the graph does, ErrOutdated that it may with a new graph.
func (b *Builder) Learn(ctx context.Context, q Request, a Artifact, g *Graph) error {
	if why := q.Config.indirect(); why != "" {
		b.unlearn()
		return fmt.Errorf("%w: %s", ErrCannotLearn, why)
	}
	settings, err := b.settings(ctx, q.Config)
	if err != nil {
		return err
	}
	if why := indirectFlags(strings.Fields(settings["GOFLAGS"])); why != "" {
		b.unlearn()
		return fmt.Errorf("%w: %s", ErrCannotLearn, why)
	}
	var failed error
	if b.recipe == nil || b.recipe.linked.Path != a.Path || !b.recipe.fits(q) {
		failed = b.learnApp(ctx, q, a, g.app, settings)
	}
	// That a plugin can only be built by the go command means nothing for the app.
	if err := b.learnPlugins(ctx, q, a, settings); err != nil && failed == nil {
		failed = errors.New(err.Error())
	}
	return failed
}

// learnApp finds out how the app itself is built.
func (b *Builder) learnApp(ctx context.Context, q Request, a Artifact, g *Graph, settings map[string]string) error {
	b.unlearn()
	stamps, names := g.stamps(b.surroundings(settings)), g.listings()
	for path := range g.headers {
		if g.relist(path) {
			return fmt.Errorf("%w: %s has changed", ErrOutdated, path)
		}
	}
	r, err := b.dryRecipe(ctx, q, g)
	if err != nil {
		return err
	}
	if err := r.made(a); err != nil {
		return err
	}
	for _, tool := range []string{r.link.call.args[0], r.steps[0].call.args[0]} {
		stamps[tool] = stampOf(tool)
	}
	r.config, r.pkg, r.inject, r.names = q.Config, q.Package, q.Inject, names
	r.observe(stamps)
	r.remember(a, nil, nil)
	r.env = environ(b.root, q.Config.Env)
	for key, value := range settings {
		r.env = append(r.env, key+"="+value)
	}
	for key, value := range b.injected.environment(nil) {
		r.env = append(r.env, key+"="+value)
	}
	b.recipe = r
	b.starter.Prepare() // for the next build
	return nil
}

// unlearn drops the recipe with the packages that were compiled by it.
func (b *Builder) unlearn() {
	b.recipe = nil
	objects, _ := filepath.Glob(filepath.Join(b.cache, "obj", "*"))
	for _, dir := range objects {
		_ = os.RemoveAll(dir)
	}
}

// settings are all of go env, by name.
func (b *Builder) settings(ctx context.Context, c Config) (map[string]string, error) {
	text, err := b.goOutput(ctx, c, b.root, "env", "-json")
	if err != nil {
		return nil, err
	}
	var env map[string]string
	if err := json.Unmarshal([]byte(text), &env); err != nil {
		return nil, fmt.Errorf("read what go env says: %w", err)
	}
	return env, nil
}

// surroundings are files outside the app by which the go command is steered, or
// would be if they were there.
func (b *Builder) surroundings(settings map[string]string) []string {
	var files []string
	if path, err := lookPath("go", b.root); err == nil {
		files = append(files, path)
		if real, err := filepath.EvalSymlinks(path); err == nil {
			files = append(files, real)
		}
	}
	if env := settings["GOENV"]; filepath.IsAbs(env) {
		files = append(files, env)
	}
	for dir := b.root; ; dir = filepath.Dir(dir) {
		files = append(files, filepath.Join(dir, "go.work"))
		if dir == filepath.Dir(dir) {
			return files
		}
	}
}

// dryRecipe asks the go command how it builds the app.
func (b *Builder) dryRecipe(ctx context.Context, q Request, g *Graph) (*recipe, error) {
	all, err := b.dryRun(ctx, q, "-a")
	if err != nil {
		return nil, err
	}
	now, err := b.dryRun(ctx, q)
	if err != nil {
		return nil, err
	}
	return newRecipe(all, now, g)
}

// dryRun asks the go command what it would do. More flags come first.
func (b *Builder) dryRun(ctx context.Context, q Request, more ...string) (*dryRun, error) {
	return b.dryRunOf(ctx, q, b.injected.command(goBuild(q, filepath.Join(b.cache, "tmp", "none"))), more...)
}

// dryRunOf asks what a go build would do.
func (b *Builder) dryRunOf(ctx context.Context, q Request, command []string, more ...string) (*dryRun, error) {
	env := maps.Clone(b.injected.environment(q.Config.Env))
	if env == nil {
		env = map[string]string{}
	}
	env["GODEBUG"] = "" // which may print, too
	printed, err := b.execute(ctx, execution{
		command: slices.Concat(command[:2], []string{"-n"}, more, command[2:]), dir: b.root, env: environ(b.root, env),
	})
	var exit *exitError
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &exit):
		return nil, &goError{strings.TrimSpace(printed.err)}
	case err != nil:
		return nil, err
	}
	return parseDryRun(printed.err, b.root)
}

// indirect says what of a config only the go command can do, or "".
func (c Config) indirect() string {
	switch {
	case len(c.Command) > 0:
		return "build.command builds it"
	case !c.Direct:
		return "build.direct is false"
	}
	for _, flag := range c.Flags {
		if name, value := splitFlag(flag); name == "-buildvcs" && value != "false" {
			return "of " + flag
		}
	}
	return indirectFlags(c.Flags)
}

// indirectFlags names a flag that does more than to change what compiler and
// linker are told, or "".
func indirectFlags(flags []string) string {
	for _, flag := range flags {
		switch name, _ := splitFlag(flag); name {
		case "-overlay", "-modfile", "-toolexec", "-a", "-n", "-x", "-v", "-work", "-json", "-C":
			return "of " + flag
		}
	}
	return ""
}

// splitFlag takes a flag apart that may be quoted, as GOFLAGS may have it.
func splitFlag(flag string) (name, value string) {
	name, value, _ = strings.Cut(strings.Trim(flag, `'"`), "=")
	return "-" + strings.TrimLeft(name, "-"), value
}

// made checks that an artifact is what the recipe makes: the go command names a
// link by a hash of all its inputs, and writes that near the start of the
// executable.
func (r *recipe) made(a Artifact) error {
	const whereItIs = 64 << 10 // bytes; the go command itself looks no further than 32 KiB
	var ids []string
	for _, arg := range r.link.call.args {
		if strings.HasPrefix(arg, "-buildid") {
			ids = append(ids, arg)
		}
	}
	if len(ids) != 1 {
		return fmt.Errorf("%w: -ldflags sets the build ID", ErrCannotLearn)
	}
	inputs, _, _ := strings.Cut(strings.TrimPrefix(ids[0], "-buildid="), "/")
	file, err := os.Open(a.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, whereItIs))
	if err == nil && !bytes.Contains(head, []byte(inputs+"/")) {
		err = fmt.Errorf("%w: what %s was built from has changed", ErrOutdated, a.Path)
	}
	return err
}
