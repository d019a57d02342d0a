package session

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"hotreload/build"
)

// This file has the builder do its tasks, one after the other, each in a
// goroutine that ends with an input for the loop.

// inTurn has the builder do a task when it has ended the one before.
func (l *loop) inTurn(task func(context.Context)) context.CancelFunc {
	ctx, cancel := context.WithCancel(l.ctx)
	before, done := l.builder, make(chan struct{})
	l.builder = done
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
	l.cancelBuild = l.inTurn(func(ctx context.Context) {
		if ctx.Err() != nil {
			return // it was overtaken while it waited
		}
		l.takeDown(s)
		start := time.Now()
		text, err := l.Builder.Generate(ctx, e.request)
		took := time.Since(start)
		l.input(generated{e.id, e.index, text, l.wrote(), err, took})
	})
}

// build runs a build.
func (l *loop) build(e startBuild) {
	l.stopLearning()
	s, writes := l.state, len(e.request.Config.Command) > 0
	l.cancelBuild = l.inTurn(func(ctx context.Context) {
		if writes {
			l.takeDown(s)
		}
		start := time.Now()
		a, err := l.buildPatiently(ctx, e.request)
		if l.Verbose && a.Why != "" {
			l.note("the go command made this build: " + a.Why)
		}
		b := built{id: e.request.ID, artifact: a, err: err, took: time.Since(start)}
		if writes {
			b.wrote = l.wrote()
		}
		l.input(b)
	})
}

// patience is how long a first build with plugins takes at most if Go's standard
// library is compiled for them already.
const patience = 5 * time.Second

// buildPatiently tells what takes so long where that is new to most.
func (l *loop) buildPatiently(ctx context.Context, r build.Request) (build.Artifact, error) {
	if len(r.Config.Plugin) == 0 || r.Prev.Path != "" {
		return l.Builder.Build(ctx, r)
	}
	var waiting sync.WaitGroup
	defer waiting.Wait()
	done := make(chan struct{})
	defer close(done)
	waiting.Go(func() {
		select {
		case <-time.After(patience):
			l.note("the first build of a plugin compiles the standard library once more, in a form for plugins; that takes up to a minute, once for each version of Go")
		case <-done:
		}
	})
	return l.Builder.Build(ctx, r)
}

// learn has the builder find out how to build without the go command.
func (l *loop) learn(e learn) {
	l.cancelLearn = l.inTurn(func(ctx context.Context) {
		err := l.Builder.Learn(ctx, e.request, e.artifact, e.graph)
		if l.Verbose && ctx.Err() == nil {
			l.note(nextBuild(err))
		}
		l.input(learned{err})
	})
}

func (l *loop) stopLearning() {
	if l.cancelLearn != nil {
		l.cancelLearn()
	}
}

// nextBuild tells how the next build will be made.
func nextBuild(err error) string {
	if err != nil {
		return "the go command makes the next build: " + err.Error()
	}
	return "compiler and linker are called directly from now on, where only known files change inside"
}

// takeDown records how the project is before a command that writes into it.
func (l *loop) takeDown(s State) {
	l.record = build.NewRecord(s.Root, s.scope().Dirs, s.isInput, l.record)
}

// wrote is what changed in the project since then, but for the files that our
// listeners write.
func (l *loop) wrote() []build.Written {
	return slices.DeleteFunc(l.record.Written(), func(w build.Written) bool {
		info, err := os.Lstat(w.Path)
		return err == nil && slices.ContainsFunc(l.Own, func(own fs.FileInfo) bool { return os.SameFile(own, info) })
	})
}
