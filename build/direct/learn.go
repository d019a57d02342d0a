package direct

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/gocmd"
	"hotreload/build/graph"
)

// Subject is a go build that has succeeded.
type Subject struct {
	Command  []string          // go build, with its flags
	Env      map[string]string // that was set for it
	Settings map[string]string // what go env says, for the tools
	Graph    *graph.Graph      // of the app at that time
	Artifact string            // the executable that it wrote; empty: it need not have written one
}

// Learn finds out how an executable can be built again without the go command. An
// error that is ErrCannotLearn holds until the graph changes; one that is
// ErrOutdated calls for a new graph.
func Learn(ctx context.Context, run *gocmd.Runner, s Subject, store *Store) (*Recipe, error) {
	stamps := s.Graph.Stamps(surroundings(run.Root, s.Settings)...)
	if path := s.Graph.Outdated(); path != "" {
		return nil, fmt.Errorf("%w: %s has changed", ErrOutdated, path)
	}
	names := s.Graph.Listings()
	calls, err := AskCalls(ctx, run, s.Command, s.Env)
	if err != nil {
		return nil, err
	}
	r, err := newRecipe(calls, s.Graph)
	if err != nil {
		return nil, err
	}
	if s.Artifact != "" {
		if err := r.link.made(s.Artifact); err != nil {
			return nil, err
		}
	}
	for _, tool := range []string{r.link.call.args[0], r.steps[0].call.args[0]} {
		stamps[tool] = graph.StampOf(tool)
	}
	r.names = names
	r.observe(stamps)
	r.env = ToolEnv(run.Root, s.Env, s.Settings)
	r.remember(stamps, store)
	return r, nil
}

// remember notes in the store what the go command has compiled. stamps are older than
// its word that the packages are up to date.
func (r *Recipe) remember(stamps map[string]graph.Stamp, store *Store) {
	object := func(pkg string) string { return r.objects[pkg] }
	for _, step := range r.steps {
		if step.Opaque {
			continue
		}
		key, err := step.key(r.env, object, store)
		changed := func(path string) bool { return !stamps[path].Same(graph.StampOf(path)) }
		if err == nil && !slices.ContainsFunc(step.Sources, changed) {
			store.note(key, r.objects[step.Package])
		}
	}
}

// ToolEnv is the environment of compiler and linker, as the go command sets it.
func ToolEnv(root string, set, settings map[string]string) []string {
	env := gocmd.Environ(root, set)
	for key, value := range settings {
		env = append(env, key+"="+value)
	}
	return env
}

// surroundings are files outside the app that steer the go command, or would if
// they existed.
func surroundings(root string, settings map[string]string) []string {
	var files []string
	if path, err := gocmd.LookPath("go", root); err == nil {
		files = append(files, path)
		if target, err := filepath.EvalSymlinks(path); err == nil {
			files = append(files, target)
		}
	}
	if env := settings["GOENV"]; filepath.IsAbs(env) {
		files = append(files, env)
	}
	for dir := root; ; dir = filepath.Dir(dir) {
		files = append(files, filepath.Join(dir, "go.work"))
		if dir == filepath.Dir(dir) {
			return files
		}
	}
}

// UnknownFlag names a flag that does more than to change the arguments of compiler
// and linker, or is "".
func UnknownFlag(flags []string) string {
	for _, flag := range flags {
		switch name, _ := gocmd.SplitFlag(flag); name {
		case "-overlay", "-modfile", "-toolexec", "-a", "-n", "-x", "-v", "-work", "-json", "-C":
			return flag
		}
	}
	return ""
}

// made checks that an executable was made by this link: the go command names a link
// by a hash of all its inputs, and writes that near the start of the executable.
func (l *Link) made(executable string) error {
	const start = 64 << 10 // bytes; the go command itself looks no further than 32 KiB
	var ids []string
	for _, arg := range l.call.args {
		if strings.HasPrefix(arg, "-buildid") {
			ids = append(ids, arg)
		}
	}
	if len(ids) != 1 {
		return fmt.Errorf("%w: -ldflags sets the build ID", ErrCannotLearn)
	}
	inputs, _, _ := strings.Cut(strings.TrimPrefix(ids[0], "-buildid="), "/")
	file, err := os.Open(executable)
	if err != nil {
		return err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, start))
	if err == nil && !bytes.Contains(head, []byte(inputs+"/")) {
		err = fmt.Errorf("%w: the sources of %s have changed", ErrOutdated, executable)
	}
	return err
}
