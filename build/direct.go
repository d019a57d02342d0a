package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
)

// This file builds without the go command. For one edited function body the go
// command spends most of its time on finding out what everybody knows already:
// that nothing else has changed. So we ask it once how the app is built, with a
// dry run (learn.go), and from then on call compiler and linker ourselves, with
// the very same words. Packages that import an edited one are compiled again
// only if what they see of it, its export data, has changed; the go command goes
// by its whole content.
//
// Whatever is not certain the go command decides: a file that came or went, other
// imports, constraints or embed patterns, a changed go.mod, cgo, assembly, a
// compiler that says no. That costs what it would have cost anyway, and it is the
// go command's errors that people read. What packages were compiled against which
// others, the linker checks by their fingerprints.

// errNotLearnt is why most first builds are the go command's.
var errNotLearnt = errors.New("how the app is built has not been learnt")

// direct builds by the recipe. The error says why the go command has to.
func (b *Builder) direct(ctx context.Context, q Request, out, tmp string) (Artifact, error) {
	r := b.recipe
	switch {
	case r == nil || !r.fits(q):
		return Artifact{}, errNotLearnt
	case q.Anew:
		b.recipe = nil
		return Artifact{}, errors.New("somebody asked for it")
	}
	stale, stamps, err := r.stale(q.Changed)
	if err != nil {
		// What the go command builds now the recipe knows nothing of, and nobody may
		// tell of that change again.
		b.recipe = nil
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
	a.Direct, a.Uninjected = true, r.linked.Uninjected
	for _, former := range r.remember(a, objects, stamps) {
		if within(former, b.cache) { // not the go command's
			_ = os.Remove(former)
			_ = os.Remove(filepath.Dir(former)) // if it was the last one
		}
	}
	_ = os.Remove(dir) // if nothing came of it
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
