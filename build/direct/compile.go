package direct

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sync/errgroup"

	"hotreload/build/gocmd"
)

// Workplace is where packages are compiled.
type Workplace struct {
	Objects string // directory for the compiled packages
	Tmp     string // directory for what the compiler reads
}

// Compile compiles the packages that the changes concern, those that do not wait
// for each other in parallel. It returns the ones that came out different, by
// import path.
func (r *Recipe) Compile(ctx context.Context, run *gocmd.Runner, changes *Changes, at Workplace) (map[string]string, error) {
	c := compilation{
		run: run, recipe: r, stale: changes.steps, at: at,
		results: map[string]*compiled{}, slots: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	for _, step := range r.steps {
		c.results[step.Package] = &compiled{done: make(chan struct{})}
	}
	group, ctx := errgroup.WithContext(ctx)
	for i, step := range r.steps {
		group.Go(func() error {
			result := c.results[step.Package]
			defer close(result.done)
			return c.one(ctx, step, strconv.Itoa(i), result)
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

// compilation is a Compile in progress.
type compilation struct {
	run     *gocmd.Runner
	recipe  *Recipe
	stale   map[*Step]bool // packages whose own files have changed
	at      Workplace
	results map[string]*compiled // by import path; one for each step
	slots   chan struct{}        // holds a value for each running compiler
}

// compiled is the result for one package.
type compiled struct {
	done   chan struct{} // closed when the rest is known
	object string        // the compiled package; empty: it is as before
	export bool          // its export data has changed: importers see a difference
}

// one compiles a package if its files have changed, or what it sees of another.
func (c *compilation) one(ctx context.Context, step *Step, name string, result *compiled) error {
	needed := c.stale[step]
	for _, pkg := range step.Imports {
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
	case step.Opaque:
		return fmt.Errorf("package %s is not compiled by the compiler alone", step.Package)
	}
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	before, err := readObject(c.recipe.objects[step.Package])
	if err != nil {
		return err
	}
	file := filepath.Join(c.at.Objects, name+".a")
	// With the build ID of before, the package differs only where its code does.
	v := Variation{Set: map[string]string{"-buildid": before.buildID()}, Object: c.object}
	if err := step.Compile(ctx, c.run, c.recipe.env, v, file, filepath.Join(c.at.Tmp, name)); err != nil {
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

// object is where an imported package lies, whose result is known.
func (c *compilation) object(pkg string) string {
	if imported := c.results[pkg]; imported != nil && imported.object != "" {
		return imported.object
	}
	return c.recipe.objects[pkg]
}
