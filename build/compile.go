package build

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// compilation compiles those packages of a recipe that a change concerns.
type compilation struct {
	builder *Builder
	recipe  *recipe
	stale   map[*compileStep]bool // packages whose own files have changed
	dir     string                // for the compiled packages
	tmp     string                // for what the compiler reads

	results map[string]*compiled // by import path; one for each step
	slots   chan struct{}        // holds a value for each compiler at work
}

// compiled is what became of one package.
type compiled struct {
	done   chan struct{} // closed when the rest is known
	object string        // the compiled package; empty: it is as before
	export bool          // its export data is not what it was: importers see a change
}

// run compiles, packages that do not wait for each other side by side, and
// returns the ones that came out different, by import path.
func (c *compilation) run(ctx context.Context) (map[string]string, error) {
	c.slots = make(chan struct{}, runtime.GOMAXPROCS(0))
	c.results = map[string]*compiled{}
	for _, step := range c.recipe.steps {
		c.results[step.pkg] = &compiled{done: make(chan struct{})}
	}
	group, ctx := errgroup.WithContext(ctx)
	for i, step := range c.recipe.steps {
		group.Go(func() error {
			mine := c.results[step.pkg]
			defer close(mine.done)
			return c.one(ctx, step, strconv.Itoa(i), mine)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	objects := map[string]string{}
	for pkg, result := range c.results {
		if result.object != "" {
			objects[pkg] = result.object
		}
	}
	return objects, nil
}

// one compiles a package if its files have changed, or what it sees of another.
func (c *compilation) one(ctx context.Context, step *compileStep, name string, result *compiled) error {
	needed := c.stale[step]
	for _, pkg := range step.imports {
		imported := c.results[pkg]
		if imported == nil {
			continue
		}
		select {
		case <-imported.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		needed = needed || imported.export
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !needed:
		return nil
	case step.opaque:
		return fmt.Errorf("package %s is not compiled by the compiler alone", step.pkg)
	}
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	before, err := readObject(c.recipe.objects[step.pkg])
	if err != nil {
		return err
	}
	file := filepath.Join(c.dir, name+".a")
	if err := c.call(ctx, step, before.buildID(), file, filepath.Join(c.tmp, name)); err != nil {
		return err
	}
	after, err := readObject(file)
	if err != nil {
		return err
	}
	if bytes.Equal(before, after) {
		return os.Remove(file)
	}
	data := after.exportData()
	result.object, result.export = file, data == nil || !bytes.Equal(before.exportData(), data)
	return nil
}

// call calls the compiler. A package that has the build ID of the one before
// differs from it only where its code does.
func (c *compilation) call(ctx context.Context, step *compileStep, buildID, out, work string) error {
	if err := os.Mkdir(work, 0o700); err != nil {
		return err
	}
	args := slices.Clone(step.call.args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], step.work, work)
	}
	setFlag(args, "-o", out)
	setFlag(args, "-buildid", buildID)
	importcfg := filepath.Join(work, "importcfg")
	setFlag(args, "-importcfg", importcfg)
	if err := os.WriteFile(importcfg, []byte(withObjects(step.importcfg, c.object)), 0o600); err != nil {
		return err
	}
	if step.embedcfg != "" {
		embedcfg := filepath.Join(work, "embedcfg")
		setFlag(args, "-embedcfg", embedcfg)
		if err := os.WriteFile(embedcfg, []byte(step.embedcfg), 0o600); err != nil {
			return err
		}
	}
	_, err := c.builder.run(ctx, args, append(slices.Clone(c.recipe.env), step.call.env...))
	return err
}

// object is where a package lies that a step imports, whose result is known.
func (c *compilation) object(pkg string) string {
	if imported := c.results[pkg]; imported != nil && imported.object != "" {
		return imported.object
	}
	return c.recipe.objects[pkg]
}

// withObjects is a compiler's or linker's configuration with the packages where
// they lie now.
func withObjects(cfg string, object func(pkg string) string) string {
	var text strings.Builder
	for line := range strings.Lines(cfg) {
		if rest, ok := strings.CutPrefix(line, "packagefile "); ok {
			pkg, _, _ := strings.Cut(rest, "=")
			line = "packagefile " + pkg + "=" + object(pkg) + "\n"
		}
		text.WriteString(line)
	}
	return text.String()
}

// setFlag sets the word after a flag.
func setFlag(args []string, flag, value string) {
	if i := slices.Index(args, flag); i >= 0 && i+1 < len(args) {
		args[i+1] = value
	}
}
