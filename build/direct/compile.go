package direct

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"hotreload/build/diag"
	"hotreload/build/gocmd"
)

// Workplace is where packages are compiled.
type Workplace struct {
	Store *Store           // of the compiled packages
	Tmp   string           // directory for what the compiler reads and writes
	Note  func(pkg string) // is told each package for which the compiler runs; may be nil
}

// Compile compiles the packages that the changes concern, those that do not wait
// for each other in parallel. It returns the ones that came out different, by
// import path. If the compiler rejects the code, the error is a *diag.Error.
func (r *Recipe) Compile(ctx context.Context, run *gocmd.Runner, changes *Changes, at Workplace) (map[string]string, error) {
	if err := r.checkSyntax(ctx, run, changes, at); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := compilation{
		run: run, recipe: r, stale: changes.steps, at: at, cancel: cancel,
		results: map[string]*compiled{}, slots: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	for _, step := range r.steps {
		c.results[step.Package] = &compiled{done: make(chan struct{})}
	}
	var group errgroup.Group
	for i, step := range r.steps {
		group.Go(func() error {
			result := c.results[step.Package]
			defer close(result.done)
			return c.failed(result, c.one(ctx, step, strconv.Itoa(i), result))
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if c.rejected != nil {
		return nil, c.rejected
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
	cancel  func()               // once the go command has to build
	results map[string]*compiled // by import path; one for each step
	slots   chan struct{}        // holds a value for each running compiler

	mu       sync.Mutex
	rejected *diag.Error // what the compiler said about all packages that it rejected
}

// compiled is the result for one package.
type compiled struct {
	done   chan struct{} // closed when the rest is known
	object string        // the compiled package; empty: it is as before
	export bool          // its export data has changed: importers see a difference
	failed bool          // there is none, nor will there be of its importers
}

// failed takes the error of one package. If the compiler rejected it, the others are
// compiled all the same, as the go command does: users read all that is wrong, and
// the next build finds them.
func (c *compilation) failed(result *compiled, err error) error {
	if err == nil {
		return nil
	}
	result.failed = true
	var rejected *diag.Error
	if !errors.As(err, &rejected) {
		c.cancel()
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rejected == nil {
		c.rejected = rejected
	} else {
		c.rejected.Join(rejected)
	}
	return nil
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
		result.failed = result.failed || imported.failed
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !needed || result.failed:
		return nil
	case step.Opaque:
		return fmt.Errorf("package %s is not compiled by the compiler alone", step.Package)
	}
	file, err := c.obtain(ctx, step, name)
	if err != nil {
		return err
	}
	before := c.recipe.objects[step.Package]
	same, err := sameCode(before, file)
	if err != nil || same {
		return err
	}
	was, err := c.at.Store.export(before)
	if err != nil {
		return err
	}
	is, err := c.at.Store.export(file)
	result.object, result.export = file, was != is
	return err
}

// obtain finds the compiled package in the store, or compiles it.
func (c *compilation) obtain(ctx context.Context, step *Step, name string) (string, error) {
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	state := step.state()
	key, err := step.key(c.recipe.env, c.object, c.at.Store)
	if err != nil {
		return "", err
	}
	if file := c.at.Store.find(key); file != "" {
		return file, nil
	}
	c.at.note(step.Package)
	file := filepath.Join(c.at.Tmp, name+".a")
	v := Variation{Set: map[string]string{"-buildid": ourBuildID}, Object: c.object}
	if err := step.Compile(ctx, c.run, c.recipe.env, v, file, filepath.Join(c.at.Tmp, name)); err != nil {
		return "", err
	}
	now, err := step.key(c.recipe.env, c.object, c.at.Store)
	if err != nil {
		return "", err
	}
	if now != key || step.state() != state { // which text was compiled is unknown
		key += "-" + filepath.Base(c.at.Tmp) // never found again
	}
	return c.at.Store.keep(key, file)
}

func (at Workplace) note(pkg string) {
	if at.Note != nil {
		at.Note(pkg)
	}
}

// object is where an imported package lies, whose result is known.
func (c *compilation) object(pkg string) string {
	if imported := c.results[pkg]; imported != nil && imported.object != "" {
		return imported.object
	}
	return c.recipe.objects[pkg]
}
