package build

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// This file builds without the go command. For one edited function body the go
// command spends most of its time on finding out what everybody knows already:
// that nothing else has changed. So we ask it once how the app is built, with a
// dry run, and from then on call compiler and linker ourselves, with the very
// same words. Packages that import an edited one are compiled again only if what
// they see of it, its export data, has changed; the go command goes by its whole
// content.
//
// Whatever is not certain the go command decides: a file that came or went, other
// imports, constraints or embed patterns, a changed go.mod, cgo, assembly, a
// compiler that says no. That costs what it would have cost anyway, and it is the
// go command's errors that people read. What packages were compiled against which
// others, the linker checks by their fingerprints.

// Learn finds out how an artifact that the go command has built can be built
// again without it; Builds of the same request then are direct where they can be.
// The graph must be of the same time. An error is no more than a reason why
// builds go on as before; ErrCannotLearn says that this will not change. Learn
// and Build are not to be called at the same time.
func (b *Builder) Learn(ctx context.Context, q Request, a Artifact, g *Graph) error {
	b.recipe = nil
	if why := q.Config.indirect(); why != "" {
		return fmt.Errorf("%w: %s", ErrCannotLearn, why)
	}
	settings, err := b.goOutput(ctx, q.Config, b.root, "env", "-json")
	if err != nil {
		return err
	}
	var env map[string]string
	if err := json.Unmarshal([]byte(settings), &env); err != nil {
		return fmt.Errorf("read what go env says: %w", err)
	}
	stamps, names := g.stamps(env["GOENV"]), g.listings()
	for path := range g.headers {
		if g.relist(path) {
			return fmt.Errorf("%s has changed since the package graph was made", path)
		}
	}
	all, err := b.dryRun(ctx, q, "-a")
	if err != nil {
		return err
	}
	now, err := b.dryRun(ctx, q)
	if err != nil {
		return err
	}
	r, err := newRecipe(all, now, g)
	if err != nil {
		return err
	}
	if !r.made(a) {
		return fmt.Errorf("what %s was built from has changed", a.Path)
	}
	for _, tool := range []string{r.link.call.args[0], r.steps[0].call.args[0]} {
		stamps[tool] = stampOf(tool)
	}
	r.config, r.pkg, r.names = q.Config, q.Package, names
	r.observe(stamps)
	r.remember(a, nil, nil)
	r.env = environ(b.root, q.Config.Env)
	for key, value := range env {
		r.env = append(r.env, key+"="+value)
	}
	b.recipe = r
	return nil
}

// indirect says what of a config only the go command can do, or "".
func (c Config) indirect() string {
	switch {
	case len(c.Command) > 0:
		return "build.command builds it"
	case !c.Direct:
		return "build.direct is false"
	}
	for _, flag := range append(strings.Fields(goflags(c)), c.Flags...) {
		name, value, _ := strings.Cut(strings.Trim(flag, `'"`), "=")
		switch "-" + strings.TrimLeft(name, "-") {
		case "-overlay", "-modfile", "-toolexec", "-a", "-n", "-x", "-v", "-work", "-json", "-C":
			return "of " + flag
		case "-buildvcs":
			if value != "false" {
				return "of " + flag
			}
		}
	}
	return ""
}

// dryRun asks the go command what it would do. More flags come first.
func (b *Builder) dryRun(ctx context.Context, q Request, more ...string) (*dryRun, error) {
	command := goBuild(q, filepath.Join(b.cache, "tmp", "none"))
	args := slices.Concat([]string{"build", "-n"}, more, command[2:])
	path, err := lookPath("go", b.root)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = b.root
	cmd.Env = environ(b.root, q.Config.Env)
	text, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, &goError{strings.TrimSpace(string(text))}
	}
	return parseDryRun(string(text), b.root)
}

// made reports whether an artifact is what the recipe makes: the go command
// names a link by a hash of all its inputs, and writes that near the start of
// the executable.
func (r *recipe) made(a Artifact) bool {
	const whereItIs = 64 << 10 // bytes; the go command itself looks no further than 32 KiB
	id := ""
	for _, arg := range r.link.call.args {
		if value, ok := strings.CutPrefix(arg, "-buildid="); ok {
			id, _, _ = strings.Cut(value, "/")
		}
	}
	file, err := os.Open(a.Path)
	if err != nil {
		return false
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, whereItIs))
	return err == nil && id != "" && bytes.Contains(head, []byte(id+"/"))
}

// direct builds by the recipe. The error says why the go command has to.
func (b *Builder) direct(ctx context.Context, q Request, out, tmp string) (Artifact, error) {
	r := b.recipe
	if !r.fits(q) {
		return Artifact{}, ErrCannotLearn
	}
	stale, stamps, err := r.stale(q.Changed)
	if err != nil {
		return Artifact{}, err
	}
	dir := filepath.Join(b.cache, "obj", filepath.Base(filepath.Dir(out)))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Artifact{}, err
	}
	c := compilation{builder: b, recipe: r, stale: stale, dir: dir, tmp: tmp}
	objects, err := c.run(ctx)
	a := Artifact{Path: out, ID: q.ID}
	if err == nil && len(objects) == 0 && r.linked.Path == q.Prev.Path && q.Prev.Path != "" {
		a = Artifact{Path: q.Prev.Path, ID: q.Prev.ID, Same: true}
	} else if err == nil {
		err = b.linkDirectly(ctx, r, objects, out, tmp)
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return Artifact{}, err
	}
	a = b.compare(a, q.Prev)
	a.Direct = true
	for _, former := range r.remember(a, objects, stamps) {
		if within(former, b.cache) { // not the go command's
			_ = os.Remove(former)
		}
	}
	return a, nil
}

// linkDirectly links the packages, some of them compiled anew, to an executable.
func (b *Builder) linkDirectly(ctx context.Context, r *recipe, objects map[string]string, out, tmp string) error {
	object := func(pkg string) string {
		if object := objects[pkg]; object != "" {
			return object
		}
		return r.objects[pkg]
	}
	importcfg := filepath.Join(tmp, "importcfg.link")
	if err := os.WriteFile(importcfg, []byte(withObjects(r.link.importcfg, object)), 0o600); err != nil {
		return err
	}
	args := slices.Clone(r.link.call.args)
	setFlag(args, "-o", out)
	setFlag(args, "-importcfg", importcfg)
	args[len(args)-1] = object(r.link.main)
	_, err := b.run(ctx, args, append(slices.Clone(r.env), r.link.call.env...))
	return err
}
