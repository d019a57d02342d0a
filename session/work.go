package session

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"time"

	"hotreload/build"
)

// This file runs generators and builds, each in a goroutine that ends with an
// input for the loop.

// generate runs a generator.
func (l *loop) generate(e startGenerate) {
	ctx, cancel := context.WithCancel(l.ctx)
	l.cancelBuild = cancel
	l.write(ctx, cancel, func() {
		start := time.Now()
		text, err := l.Builder.Generate(ctx, e.request)
		took := time.Since(start)
		l.input(generated{e.id, e.index, text, l.wrote(), err, took})
	})
}

// build runs a build.
func (l *loop) build(e startBuild) {
	ctx, cancel := context.WithCancel(l.ctx)
	l.cancelBuild = cancel
	build := func() built {
		start := time.Now()
		a, err := l.Builder.Build(ctx, e.request)
		return built{id: e.request.ID, artifact: a, err: err, took: time.Since(start)}
	}
	if len(e.request.Config.Command) > 0 {
		l.write(ctx, cancel, func() {
			b := build()
			b.wrote = l.wrote()
			l.input(b)
		})
		return
	}
	before := l.written
	l.work.Go(func() {
		defer cancel()
		if before != nil {
			<-before
		}
		l.input(build())
	})
}

// write runs a command that writes into the project after the one before it has
// ended, unless it is overtaken by then.
func (l *loop) write(ctx context.Context, cancel, run func()) {
	before, done := l.written, make(chan struct{})
	l.written = done
	s := l.state
	l.work.Go(func() {
		defer close(done)
		defer cancel()
		if before != nil {
			<-before
		}
		if ctx.Err() == nil {
			l.record = build.NewRecord(s.Root, s.scope().Dirs, s.isInput, l.record)
			run()
		}
	})
}

// wrote is what changed in the project since the command began, but for the
// files that our listeners write.
func (l *loop) wrote() []build.Written {
	return slices.DeleteFunc(l.record.Written(), func(w build.Written) bool {
		info, err := os.Lstat(w.Path)
		return err == nil && slices.ContainsFunc(l.Own, func(own fs.FileInfo) bool { return os.SameFile(own, info) })
	})
}
