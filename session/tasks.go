package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"sync"
	"time"

	"hotreload/build"
	"hotreload/watch"
)

// This file has the builder do its tasks, one after the other, each in a
// goroutine that ends with an input for the loop.

// tasks are what the builder is doing.
type tasks struct {
	busy        chan struct{}      // closed when the builder has ended its last task
	records     records            // its tasks' alone
	cancelBuild context.CancelFunc // or the generator that runs before it
	cancelLearn context.CancelFunc
	cancelList  context.CancelFunc
}

// inTurn has the builder do a task when it has ended the one before.
func (l *loop) inTurn(task func(context.Context)) context.CancelFunc {
	ctx, cancel := context.WithCancel(l.ctx)
	before, done := l.tasks.busy, make(chan struct{})
	l.tasks.busy = done
	l.work.Go(func() {
		defer close(done)
		defer cancel()
		if before != nil {
			<-before
		}
		task(ctx)
	})
	return cancel
}

// generate runs a generator.
func (l *loop) generate(e startGenerate) {
	l.stopLearning()
	s := l.state
	l.tasks.cancelBuild = l.inTurn(func(ctx context.Context) {
		if ctx.Err() != nil {
			return // it was overtaken while it waited
		}
		start := time.Now()
		before := l.record(s)
		var end func()
		e.request.Said, end = l.follow(e.id, e.index)
		text, err := l.options.Builder.Generate(ctx, e.request)
		end()
		wrote := before.Written()
		l.input(generated{
			id: e.id, index: e.index, text: text, before: before, wrote: wrote, err: err, took: time.Since(start),
		})
	})
}

// build runs a build.
func (l *loop) build(e startBuild) {
	l.stopLearning()
	s, writes := l.state, len(e.request.Config.Command) > 0
	l.tasks.cancelBuild = l.inTurn(func(ctx context.Context) {
		start := time.Now()
		var before build.Record
		if writes {
			before = l.record(s)
		}
		e.request.Compiles = l.progress(e.request.ID, s.listing.graph)
		a, err := l.buildPatiently(ctx, e.request)
		if l.options.Verbose && a.Why != "" {
			l.note(builtBy(a))
		}
		b := built{id: e.request.ID, artifact: a, err: err}
		if writes {
			b.wrote = before.Written()
		}
		b.took = time.Since(start)
		l.input(b)
	})
}

// progress tells how far a build is.
func (l *loop) progress(id int, graph *build.Graph) func(pkg string, count int) {
	var local map[string]bool
	if graph != nil {
		local = graph.Local()
	}
	others := 0
	return func(pkg string, count int) {
		if !local[pkg] {
			others++
		}
		l.input(compiles{id, count, others})
	}
}

// found tells how much of a build had been compiled before.
func found(packages int) string {
	switch packages {
	case 0:
		return ""
	case 1:
		return " (it was given a package that had been compiled before)"
	}
	return fmt.Sprintf(" (it was given %d packages that had been compiled before)", packages)
}

// patience is how long a first build with plugins takes at most if Go's standard
// library is compiled for them already.
const patience = 5 * time.Second

// buildPatiently tells what takes so long where that is new to most.
func (l *loop) buildPatiently(ctx context.Context, r build.Request) (build.Artifact, error) {
	if len(r.Config.Plugin) == 0 || r.Prev.Path != "" {
		return l.options.Builder.Build(ctx, r)
	}
	var waiting sync.WaitGroup
	defer waiting.Wait()
	done := make(chan struct{})
	defer close(done)
	waiting.Go(func() {
		select {
		case <-time.After(patience):
			l.note("the first build of a plugin compiles the standard library again, in a form for plugins; this takes up to a minute, once for each version of Go")
		case <-done:
		}
	})
	return l.options.Builder.Build(ctx, r)
}

// learn has the builder find out how to build without the go command.
func (l *loop) learn(e learn) {
	l.tasks.cancelLearn = l.inTurn(func(ctx context.Context) {
		err := l.options.Builder.Learn(ctx, e.request, e.artifact, e.graph)
		if ctx.Err() != nil {
			return // the step that ended it begins again
		}
		if l.options.Verbose {
			l.note(nextBuild(err))
		}
		l.input(learned{err})
	})
}

// calm is how long nothing is saved before a library is made, which takes a core for minutes:
// the machine is the user's while one save follows the other.
const calm = 10 * time.Second

// share has the builder make a library of what never changes.
func (l *loop) share(e share) {
	l.tasks.cancelLearn = l.inTurn(func(ctx context.Context) {
		made, err := l.options.Builder.Share(ctx, e.request, e.graph, false)
		if errors.Is(err, build.ErrLater) && e.anew {
			made, err = l.makeLibrary(ctx, e)
		}
		switch {
		case ctx.Err() != nil:
			return // the step that ended it begins again
		case made.Made > 0:
			l.note(faster(made))
		case l.options.Verbose && err != nil:
			l.note("each build links the whole app: " + err.Error())
		case l.options.Verbose:
			l.note("from now on, a build links the project's own packages alone, against a library of the others")
		}
		l.input(libraryMade{err})
	})
}

// makeLibrary makes one once the user's machine has nothing else to do.
func (l *loop) makeLibrary(ctx context.Context, e share) (build.Library, error) {
	select {
	case <-time.After(calm):
	case <-ctx.Done():
		return build.Library{}, ctx.Err()
	}
	if l.options.Verbose {
		l.note("making a library of the packages that are not the project's own, with one core and low priority; a save interrupts it")
	}
	return l.options.Builder.Share(ctx, e.request, e.graph, true)
}

// faster tells what a new library is good for.
func faster(made build.Library) string {
	text := fmt.Sprintf("builds are faster from here on: the packages that are not the project's own are linked, once, into a library of %d MB", (made.Made+1<<20-1)>>20)
	if made.Whole > made.Partial {
		text += fmt.Sprintf("; a link takes %.2f s instead of %.2f s", made.Partial.Seconds(), made.Whole.Seconds())
	}
	return text
}

func (l *loop) stopLearning() {
	if l.tasks.cancelLearn != nil {
		l.tasks.cancelLearn()
	}
}

// builtBy tells how a build was made, and why not in a faster way.
func builtBy(a build.Artifact) string {
	if a.Direct {
		return "this build links the whole app: " + a.Why
	}
	return "the go command made this build: " + a.Why + found(len(a.Recalled))
}

// nextBuild tells how the next build will be made.
func nextBuild(err error) string {
	if err != nil {
		return "the go command makes the next build: " + err.Error()
	}
	return "from now on, a change inside known files is built by calling compiler and linker directly"
}

// list reads the package graph again; a listing under way is out of date.
func (l *loop) list(e listGraph) {
	if l.tasks.cancelList != nil {
		l.tasks.cancelList()
	}
	ctx, cancel := context.WithCancel(l.ctx)
	l.tasks.cancelList = cancel
	l.work.Go(func() {
		defer cancel()
		g, err := l.options.Builder.Graph(ctx, e.config.Build, e.config.Package)
		var late, out []string
		if err == nil && !e.since.IsZero() {
			out = g.LeftOutSince(e.since)
			late = g.WrittenSince(e.since, e.before...)
			late = slices.DeleteFunc(late, func(path string) bool { return slices.Contains(e.read, path) })
		}
		l.input(listed{e.id, g, late, out, err})
	})
}

// records are how the project was when commands that write into it began.
type records struct {
	last     build.Record
	surveyor Surveyor
	config   watch.Config // of the surveyor
}

// record records how what is watched is now.
func (l *loop) record(s State) build.Record {
	r := &l.tasks.records
	if c := Watched(s.config); r.surveyor == nil || !reflect.DeepEqual(r.config, c) {
		surveyor, err := l.options.NewSurveyor(c)
		if err != nil {
			l.note("cannot tell what the next command writes: " + err.Error())
			return build.Record{}
		}
		r.surveyor, r.config = surveyor, c
	}
	surveyor, scope := r.surveyor, s.scope()
	look := func(tell func(path string, entry fs.DirEntry)) { surveyor.Survey(scope, tell) }
	r.last = build.NewRecord(s.Root, look, s.isInput, r.last)
	return r.last
}
