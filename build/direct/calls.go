package direct

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/gocmd"
)

// Calls are the calls of compiler and linker that a go build consists of.
type Calls struct {
	Steps   []*Step // dependencies before what imports them
	Link    Link
	Objects map[string]string // import path -> file with the compiled package
}

// Step is the call of the compiler for one package.
type Step struct {
	Package string   // import path; empty: it is not linked
	Name    string   // what the compiler calls it: the import path, or main
	Imports []string // import paths
	Sources []string // absolute paths of what it is compiled from, embedded files too
	Opaque  bool     // more goes into it than we can give the compiler

	call      toolCall
	work      string // the work directory, as it occurs in the call
	importcfg string // what it imports, in the compiler's format
	embedcfg  string // empty: it embeds nothing
}

// Link is the call of the linker.
type Link struct {
	Main string // import path of the main package

	call      toolCall
	importcfg string // what it links, in the linker's format
}

// objectName is the compiled package in a work directory. Go uses slashes there
// on every system.
const objectName = "_pkg_.a"

// AskCalls asks the go command how it executes a go build, with env on top of ours.
func AskCalls(ctx context.Context, run *gocmd.Runner, command []string, env map[string]string) (*Calls, error) {
	// In one dry run everything is built, for the calls of the compiler; in the other
	// nothing but the link, for where the compiled packages lie.
	all, err := askDryRun(ctx, run, command, env, "-a")
	if err != nil {
		return nil, err
	}
	now, err := askDryRun(ctx, run, command, env)
	if err != nil {
		return nil, err
	}
	return newCalls(all, now)
}

func newCalls(all, now *dryRun) (*Calls, error) {
	if all.link == nil || now.link == nil {
		return nil, fmt.Errorf("%w: the go command would not link it", ErrCannotLearn)
	}
	c := &Calls{}
	var err error
	if c.Link, c.Objects, err = newLink(now); err != nil {
		return nil, err
	}
	_, built, err := linkConfig(all)
	if err != nil {
		return nil, err
	}
	at := map[string]string{} // work directory -> import path
	for pkg, object := range built {
		at[strings.TrimSuffix(object, objectName)] = pkg
	}
	for _, call := range all.compiles {
		work := strings.TrimSuffix(flagValue(call.args, "-o"), objectName)
		step := newStep(at[work], work, call, all.files)
		step.Opaque = step.Opaque || all.opaque[work]
		c.Steps = append(c.Steps, step)
	}
	return c, nil
}

// newLink reads the call of the linker, and where the packages that it links lie.
func newLink(d *dryRun) (Link, map[string]string, error) {
	text, objects, err := linkConfig(d)
	if err != nil {
		return Link{}, nil, err
	}
	l := Link{call: *d.link, importcfg: text}
	args := d.link.args
	for pkg, object := range objects {
		if strings.HasPrefix(object, "$WORK") {
			return Link{}, nil, fmt.Errorf("%w: package %s has changed since it was built", ErrOutdated, pkg)
		}
		if object == args[len(args)-1] {
			l.Main = pkg
		}
	}
	for i, arg := range args {
		if strings.Contains(arg, "$WORK") && !(i > 0 && (args[i-1] == "-o" || args[i-1] == "-importcfg")) {
			return Link{}, nil, fmt.Errorf("%w: the linker reads %s", ErrCannotLearn, arg)
		}
	}
	if l.Main == "" {
		return Link{}, nil, fmt.Errorf("%w: the linker is not given its main package", ErrCannotLearn)
	}
	return l, objects, nil
}

// linkConfig is what the linker is told to link, as text and as files by import path.
func linkConfig(d *dryRun) (string, map[string]string, error) {
	text, ok := d.files[flagValue(d.link.args, "-importcfg")]
	objects := map[string]string{}
	for line := range strings.Lines(text) {
		verb, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		pkg, file, _ := strings.Cut(rest, "=")
		switch verb {
		case "packagefile":
			objects[pkg] = file
		case "modinfo", "#", "":
		default:
			return "", nil, fmt.Errorf("%w: the linker is told: %s", ErrCannotLearn, line)
		}
	}
	if !ok {
		return "", nil, fmt.Errorf("%w: the dry run does not say what is linked", ErrCannotLearn)
	}
	return text, objects, nil
}

// newStep reads a call of the compiler. files are those that the dry run would
// have written.
func newStep(pkg, work string, call toolCall, files map[string]string) *Step {
	s := &Step{Package: pkg, Name: flagValue(call.args, "-p"), call: call, work: strings.TrimRight(work, `/\`)}
	s.call.args = slices.Clone(call.args)
	last := slices.Index(call.args, "-pack")
	s.Opaque = last < 0 || s.work == ""
	for i, arg := range call.args {
		switch before := call.args[max(i-1, 0)]; {
		case last >= 0 && i > last && strings.HasSuffix(arg, ".go") && !strings.Contains(arg, "$WORK"):
			s.call.args[i] = inFull(arg, call.dir)
			s.Sources = append(s.Sources, s.call.args[i])
		case last >= 0 && i > last:
			s.Opaque = true
		case before == "-importcfg":
			s.importcfg = files[arg]
		case before == "-embedcfg":
			s.embedcfg = files[arg]
			embedded, err := embeddedFiles(s.embedcfg)
			s.Sources, s.Opaque = append(s.Sources, embedded...), s.Opaque || err != nil
		case before == "-o", before == "-trimpath":
		case strings.Contains(arg, "$WORK"):
			s.Opaque = true
		}
	}
	for line := range strings.Lines(s.importcfg) {
		if imported, ok := strings.CutPrefix(line, "packagefile "); ok {
			imported, _, _ = strings.Cut(imported, "=")
			s.Imports = append(s.Imports, imported)
		}
	}
	return s
}

// inFull is the path that the go command means. It prints a dot for every text
// that equals the working directory's path, even at the start of the path of a
// directory beside it.
func inFull(arg, dir string) string {
	if rest, ok := strings.CutPrefix(arg, "."); ok && !strings.HasPrefix(arg, "..") {
		return filepath.Clean(dir + rest)
	}
	return gocmd.InDir(arg, dir)
}

// embeddedFiles are those that an embed configuration names.
func embeddedFiles(cfg string) ([]string, error) {
	var embedded struct{ Files map[string]string }
	err := json.Unmarshal([]byte(cfg), &embedded)
	return slices.Collect(maps.Values(embedded.Files)), err
}

// flagValue is the word after a flag, or "".
func flagValue(args []string, flag string) string {
	if i := slices.Index(args, flag); i >= 0 && i+1 < len(args) {
		return args[i+1]
	}
	return ""
}
