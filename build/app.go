package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hotreload/build/direct"
	"hotreload/build/gocmd"
	"hotreload/build/inject"
)

// buildApp compiles the app without its plugins.
func (b *Builder) buildApp(ctx context.Context, r Request) (Artifact, error) {
	tmp, err := os.MkdirTemp(filepath.Join(b.cache, "tmp"), "")
	if err != nil {
		return Artifact{}, err
	}
	// A killed go command leaves its work directory behind, inside ours.
	defer os.RemoveAll(tmp)

	name := executableName(r.Package, b.root)
	out := filepath.Join(b.cache, "bin", strconv.Itoa(r.ID), name)
	if err := os.MkdirAll(filepath.Dir(out), 0o700); err != nil {
		return Artifact{}, err
	}
	a, why := b.direct(ctx, r, out, tmp)
	var failed *Error
	switch {
	case ctx.Err() != nil:
		os.RemoveAll(filepath.Dir(out))
		return Artifact{}, context.Cause(ctx)
	case why == nil && a.Same:
		os.RemoveAll(filepath.Dir(out))
		return a, nil
	case why == nil:
		return b.inCache(a, name), nil
	case errors.As(why, &failed): // the go command would say the same, later
		os.RemoveAll(filepath.Dir(out))
		return Artifact{}, failed
	}
	a, err = b.build(ctx, r, out, tmp)
	if err != nil {
		os.RemoveAll(filepath.Dir(out))
		return Artifact{}, err
	}
	if !errors.Is(why, errNotLearned) {
		a.Why = why.Error()
	}
	b.learned = nil // it was for what was built before
	if a.home == nil {
		a = b.inCache(a, name)
	}
	return a, nil
}

// build has the go command build, or build.command.
func (b *Builder) build(ctx context.Context, r Request, out, tmp string) (Artifact, error) {
	in, err := b.injection(ctx, r)
	var not *inject.Error
	if err != nil && !errors.As(err, &not) {
		return Artifact{}, err
	}
	all := b.withIncluded(in, r)
	a, text := Artifact{Path: out, ID: r.ID}, ""
	if len(r.Config.Command) > 0 {
		a, text, err = b.runCommand(ctx, r, all, a, tmp)
	} else {
		recall := b.recall(ctx, r, all, tmp)
		text, err = b.command(ctx, r, all, out, tmp, recall.Flag)
		a.Recalled = recall.Found()
	}
	switch {
	case ctx.Err() != nil:
		return Artifact{}, context.Cause(ctx)
	case err != nil && b.injector.Refuse(in, text):
		return b.build(ctx, r, out, tmp) // without
	case err != nil:
		return Artifact{}, b.run.Failure(text, err)
	}
	b.injected = all
	if a.home == nil {
		a = b.compare(a, r.Prev)
	}
	if not != nil {
		a.Uninjected = not.Why
	}
	return a, nil
}

// command runs the go command, or build.command, and returns what it printed.
func (b *Builder) command(ctx context.Context, r Request, in *inject.Injection, out, tmp string, more ...string) (string, error) {
	call := gocmd.Call{
		Command: in.Command(goBuild(r, out, more...)), Dir: b.root,
		Env: b.environment(in.Env(r.Config.Env), tmp), Together: true,
	}
	switch {
	case len(r.Config.Command) > 0:
		call.Command, call.Foreign = r.Config.Command, true
		call.Env = append(call.Env, in.Flags(r.Config.options().GOFLAGS())...)
	case r.Compiles != nil && !r.Config.options().IsVerbose():
		n := tally{known: r.Packages, tell: r.Compiles}
		call.Command, call.Sift = slices.Insert(call.Command, 2, "-v"), n.sift
	}
	printed, err := b.run.Execute(ctx, call)
	return printed.Out, err
}

// environment is that of a build. GOTMPDIR lies beside the artifacts, so that the
// linker's output is renamed instead of copied.
func (b *Builder) environment(set map[string]string, tmp string) []string {
	return gocmd.Environ(b.root, set, "GOTMPDIR="+tmp)
}

// compare returns the former artifact in place of one that is byte-identical to it.
func (b *Builder) compare(a, prev Artifact) Artifact {
	if prev.Path != "" && !a.Same && identical(a.Path, prev.Path) {
		b.Forget(a)
		return prev.again()
	}
	return a
}

// recall makes the go command find what was compiled without it.
func (b *Builder) recall(ctx context.Context, r Request, in *inject.Injection, tmp string) direct.Recall {
	if r.Full || b.Recaller == "" || r.Config.indirect() != "" {
		return direct.Recall{}
	}
	settings, err := b.run.Settings(ctx, r.Config.Env)
	if err != nil || direct.UnknownFlag(strings.Fields(settings["GOFLAGS"])) != "" {
		return direct.Recall{}
	}
	recall, err := b.compiled.Recall(b.Recaller, b.toolEnv(r, in, settings), tmp)
	if err != nil {
		return direct.Recall{} // the go command compiles everything
	}
	return recall
}

// goBuild is the go command that compiles a package to out.
func goBuild(r Request, out string, more ...string) []string {
	args := append([]string{"go", "build"}, r.Config.options().BuildFlags("-w")...)
	for _, flag := range more {
		if flag != "" {
			args = append(args, flag)
		}
	}
	return append(args, "-o", out, r.Package) // the last -o wins
}

// executableName is the name that go build gives the app: the last element of its
// import path that is not a version.
func executableName(pkg, root string) string {
	abs := pkg
	if pkg == "." || pkg == ".." || strings.HasPrefix(pkg, "./") || strings.HasPrefix(pkg, "../") {
		abs = filepath.Join(root, pkg)
	}
	name := filepath.Base(filepath.ToSlash(abs))
	if version.MatchString(name) {
		name = filepath.Base(filepath.Dir(filepath.ToSlash(abs)))
	}
	if strings.ContainsAny(name, `/\`) { // the root of the file system has no name
		name = "app"
	}
	if filepath.Separator == '\\' {
		name += ".exe"
	}
	return name
}

// version matches the last element of a module's path from its second major version on.
var version = regexp.MustCompile(`^v([2-9]|[1-9][0-9]+)$`)
