package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"hotreload/build/gocmd"
	"hotreload/internal/glob"
)

// GenerateRequest asks for one run of a generator.
type GenerateRequest struct {
	Generator Generator
	Env       map[string]string // build.env
	Place     string            // where the config says so, for an error
	Said      func(text string) // is given what the command prints, as it comes; nil: nothing is
}

// Generate runs a generator's command in the root, and returns what it printed. If
// it fails, the error is an *Error; if the context ended, it is the context's cause.
// When Generate returns, no process is left that could still write something.
func (b *Builder) Generate(ctx context.Context, r GenerateRequest) (text string, err error) {
	program := r.Generator.Command[0]
	if _, err := gocmd.LookPath(program, b.root); err != nil {
		if missing := (*exec.Error)(nil); errors.As(err, &missing) {
			err = missing.Err
		}
		return "", fmt.Errorf("%s: build.generate.command: cannot run %s: %w; install it, or correct the command", r.Place, program, err)
	}
	tmp, err := os.MkdirTemp(filepath.Join(b.cache, "tmp"), "")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	call := gocmd.Call{Command: r.Generator.Command, Dir: b.root, Env: b.environment(r.Env, tmp), Foreign: true, Together: true}
	if r.Said != nil {
		call.Sift = func(to io.Writer, from io.Reader) { _, _ = io.Copy(to, io.TeeReader(from, listener(r.Said))) }
	}
	printed, err := b.run.Execute(ctx, call)
	text = printed.Out
	switch {
	case ctx.Err() != nil:
		return text, context.Cause(ctx)
	case err != nil:
		return text, b.run.Failure(text, err)
	}
	return text, nil
}

// listener is a writer that passes on what is written.
type listener func(text string)

func (l listener) Write(text []byte) (int, error) {
	l(string(text))
	return len(text), nil
}

// Matches reports whether the generator reads a file. Its path is relative to the
// project's root, with slashes.
func (g Generator) Matches(path string) bool {
	return slices.ContainsFunc(g.Match, func(one string) bool { return glob.Match(one, path) })
}
