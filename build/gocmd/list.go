package gocmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Package is what go list -json says about a package, under its names.
type Package struct {
	Dir        string
	ImportPath string
	Name       string
	Standard   bool
	DepOnly    bool
	Module     *struct {
		GoMod string
		Main  bool
	}
	Error *struct{ Err string }

	Imports       []string
	EmbedFiles    []string
	EmbedPatterns []string
	CgoFlags      // embedded, too
	SourceFiles   // embedded, since go list does not nest them
}

// CgoFlags are what C code of a package is compiled with.
type CgoFlags struct {
	CgoCPPFLAGS, CgoCFLAGS, CgoCXXFLAGS, CgoPkgConfig []string
}

// SourceFiles are the files of a package, by kind.
type SourceFiles struct {
	GoFiles, CgoFiles                 []string
	CFiles, CXXFiles, MFiles, HFiles  []string
	FFiles, SFiles, SysoFiles         []string
	SwigFiles, SwigCXXFiles           []string
	IgnoredGoFiles, IgnoredOtherFiles []string
}

// Native are the files that compilers of other languages than Go's compile.
func (f SourceFiles) Native() [][]string {
	return [][]string{f.CFiles, f.CXXFiles, f.MFiles, f.FFiles, f.SwigFiles, f.SwigCXXFiles}
}

// fields are the names that Package knows: asking for fewer makes go list faster.
func fields() string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Package]()) {
		if !f.Anonymous {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, ",")
}

// List runs go list -e in dir. Packages come after those that they import.
func (r *Runner) List(ctx context.Context, o Options, dir string, args ...string) ([]Package, error) {
	out, err := r.Go(ctx, o.Env, dir, append([]string{"list", "-e", "-json=" + fields()}, args...)...)
	if err != nil {
		return nil, err
	}
	var packages []Package
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p Package
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the output of go list: %w", err)
		}
		packages = append(packages, p)
	}
}

// Settings are all settings of go env in the root, or those of the names.
func (r *Runner) Settings(ctx context.Context, env map[string]string, names ...string) (map[string]string, error) {
	text, err := r.Go(ctx, env, r.Root, append([]string{"env", "-json"}, names...)...)
	if err != nil {
		return nil, err
	}
	var settings map[string]string
	if err := json.Unmarshal([]byte(text), &settings); err != nil {
		return nil, fmt.Errorf("read the output of go env: %w", err)
	}
	delete(settings, "GOTMPDIR") // it was that command's
	return settings, nil
}

// Go runs the go command in dir and returns what it writes to stdout. If it
// fails, the *Error is what it writes to stderr.
func (r *Runner) Go(ctx context.Context, env map[string]string, dir string, args ...string) (string, error) {
	printed, err := r.Execute(ctx, Call{
		Command: append([]string{"go"}, args...), Dir: dir, Env: Environ(dir, env),
	})
	return printed.Out, Explain(ctx, printed, err)
}

// Explain returns the error of a go command whose stderr was not collected with its stdout.
func Explain(ctx context.Context, printed Printed, err error) error {
	var exit *ExitError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		return &Error{strings.TrimSpace(printed.Err)}
	}
	return err
}

// Error is a refusal of the go command, in its own words.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }
