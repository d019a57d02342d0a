package build

import (
	"context"
	"errors"
	"fmt"
	gobuild "go/build"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/gocmd"
)

// PackageError says why the main package cannot be determined, and what to type.
type PackageError struct{ Message string }

func (e *PackageError) Error() string { return e.Message }

// Resolve determines which main package to build, as go build in root takes it. If
// pkg is empty, it is the one in dir, else the module's only one. dir is the user's
// working directory; a relative pkg is relative to it.
func (b *Builder) Resolve(ctx context.Context, c Config, pkg, dir string) (string, error) {
	if _, err := gocmd.LookPath("go", dir); err != nil {
		return "", err
	}
	c, err := b.ask(c, dir)
	if err != nil {
		return "", err
	}
	if pkg != "" {
		return b.named(ctx, c, pkg, dir)
	}
	if isMain(dir, c) {
		return b.fromRoot(dir), nil
	}
	here, err := b.run.List(ctx, c.options(), dir, append(c.options().LoadFlags(), "-find", "--", ".")...)
	if err != nil {
		return "", explain(err, dir)
	}
	if len(here) == 1 && here[0].Name == "main" {
		return b.fromRoot(here[0].Dir), nil
	}
	mains, err := b.mains(ctx, c, dir)
	if err != nil {
		return "", explain(err, dir)
	}
	switch {
	case len(mains) == 1:
		return b.fromRoot(mains[0].Dir), nil
	case len(mains) > 1:
		return "", &PackageError{severalMains(mains, dir)}
	case len(here) == 1 && here[0].Name == "" && len(here[0].GoFiles)+len(here[0].IgnoredGoFiles) > 0:
		return b.fromRoot(here[0].Dir), nil // too broken to tell: go build will say how
	case len(here) == 1 && here[0].Error != nil && strings.Contains(here[0].Error.Err, "go.mod file not found"):
		return "", explain(&gocmd.Error{Text: here[0].Error.Err}, dir)
	}
	return "", &PackageError{fmt.Sprintf("no main package in %s; name one (hotreload ./cmd/app), or work elsewhere (hotreload -C DIR)", dir)}
}

// isMain reports whether dir holds a main package of a module, without asking the go
// command: this is the usual case, and it works even while go.mod is broken.
func isMain(dir string, c Config) bool {
	ctx := gobuild.Default
	ctx.BuildTags = c.options().BuildTags(c.options().GOFLAGS())
	p, err := ctx.ImportDir(dir, 0)
	if err != nil || p.Name != "main" {
		return false
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// Mains lists the main packages of the module or workspace around dir, as go build
// in root takes them.
func (b *Builder) Mains(ctx context.Context, c Config, dir string) ([]string, error) {
	c, err := b.ask(c, dir)
	if err != nil {
		return nil, err
	}
	mains, err := b.mains(ctx, c, dir)
	var names []string
	for _, p := range mains {
		names = append(names, b.fromRoot(p.Dir))
	}
	return names, err
}

func (b *Builder) mains(ctx context.Context, c Config, dir string) ([]gocmd.Package, error) {
	modules, err := b.run.Go(ctx, c.Env, dir, "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	args := append(c.options().LoadFlags(), "-find", "--")
	for module := range strings.Lines(modules) {
		args = append(args, filepath.Join(strings.TrimSpace(module), "..."))
	}
	all, err := b.run.List(ctx, c.options(), dir, args...)
	return slices.DeleteFunc(all, func(p gocmd.Package) bool { return p.Name != "main" }), err
}

// named checks a package that the user named by directory or import path.
func (b *Builder) named(ctx context.Context, c Config, pkg, dir string) (string, error) {
	asked := pkg
	if info, err := os.Stat(gocmd.InDir(pkg, dir)); err == nil && !info.IsDir() && filepath.Ext(pkg) == ".go" {
		return "", notAPackage(pkg)
	}
	missing := "no such directory in " + dir + ", and "
	if info, err := os.Stat(gocmd.InDir(pkg, dir)); err == nil && info.IsDir() {
		pkg, missing = gocmd.InDir(pkg, dir), "" // go build wants ./ before a directory; we do not
	}
	found, err := b.run.List(ctx, c.options(), dir, append(c.options().LoadFlags(), "-find", "--", pkg)...)
	if err != nil && ctx.Err() == nil && filepath.IsAbs(pkg) && isMain(pkg, c) { // go.mod is broken: go build will say how
		return b.fromRoot(pkg), nil
	}
	if err != nil {
		return "", explain(err, dir)
	}
	if len(found) != 1 {
		return "", &PackageError{fmt.Sprintf("package %s: %d packages match; name one main package", asked, len(found))}
	}
	switch p := found[0]; {
	case p.Name == "main" && p.Dir != "":
		return b.fromRoot(p.Dir), nil
	case p.Name == "" && p.Error != nil && len(p.GoFiles) == 0:
		return "", explain(&gocmd.Error{Text: fmt.Sprintf("package %s: %s%s", asked, missing, firstLine(p.Error.Err)) + b.instead(ctx, c, asked, dir)}, dir)
	case p.Name != "" && p.Name != "main":
		return "", &PackageError{fmt.Sprintf("package %s is package %s, not a main package; name the directory of a command", asked, p.Name) + b.instead(ctx, c, asked, dir)}
	}
	return b.fromRoot(found[0].Dir), nil
}

// notAPackage refuses a Go file, which go run would take, and says what to type.
func notAPackage(file string) error {
	name := filepath.Dir(file)
	if !filepath.IsAbs(name) && name != "." {
		name = "./" + filepath.ToSlash(name)
	}
	return &PackageError{fmt.Sprintf("%s is a file, and hotreload builds a package; build its directory:\n  hotreload %s\n"+
		"or that file alone, as go run %s does:\n"+
		"  hotreload --set 'build.command=[\"go\", \"build\", \"-o\", \".hotreload-app\", \"%s\"]' --set build.output=.hotreload-app", file, name, file, file)}
}

// fromRoot names a directory as go build in root takes it.
func (b *Builder) fromRoot(dir string) string {
	rel, err := filepath.Rel(b.root, dir)
	if err != nil {
		return dir
	}
	if rel = filepath.ToSlash(rel); rel == "." || rel == ".." || strings.HasPrefix(rel, "../") {
		return rel
	}
	return "./" + rel
}

func severalMains(mains []gocmd.Package, dir string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d main packages; name the one to run:", len(mains))
	for _, p := range mains {
		name := p.ImportPath
		if rel, err := filepath.Rel(dir, p.Dir); err == nil {
			name = "./" + filepath.ToSlash(rel)
		}
		text.WriteString("\n  hotreload " + name)
	}
	return text.String()
}

// explain replaces the go command's words by ours where ours say what to do.
func explain(err error, dir string) error {
	var said *gocmd.Error
	if !errors.As(err, &said) {
		return err
	}
	if strings.Contains(err.Error(), "go.mod file not found") {
		return &PackageError{fmt.Sprintf("no go.mod in %s or above it; run `go mod init NAME` there, or work elsewhere (hotreload -C DIR)", dir)}
	}
	return &PackageError{err.Error()}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
