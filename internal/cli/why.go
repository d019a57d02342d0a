package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hotreload/build"
	"hotreload/internal/control"
	"hotreload/internal/visible"
	"hotreload/session"
	"hotreload/watch"
)

func newWhy(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "why PATH...",
		Short: "Say what a change of PATH would do, and why",
		Long: `why says for each PATH what a change of it would do: the rung (none, browser, plugin,
swap or restart), and the rule that decides. PATH need not exist. It works without a session; if
one runs, the answer is about that session's package.`,
		Example: `  hotreload why handlers/user.go dist/app.js
  hotreload why --set build.package=./cmd/web go.mod`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{"why takes one or more paths: hotreload why main.go"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return why(cmd, *f, args) },
	}
}

// why prints a line for each path.
func why(cmd *cobra.Command, f flags, paths []string) error {
	loaded, dir, err := f.load()
	if err != nil {
		return err
	}
	p := project{flags: f, dir: dir, pkg: running(f, loaded.Root), builder: build.NewInspector(loaded.Root)}
	if p.pkg != "" {
		p.dir = loaded.Root
	}
	settings, err := p.settings(cmd.Context(), loaded)
	var unsettled *build.PackageError
	if errors.As(err, &unsettled) {
		return fmt.Errorf("%w\nname it: hotreload why --set build.package=…", err)
	}
	if err != nil {
		return err
	}
	watcher, err := watch.New(loaded.Root, session.Watched(settings), func(string) {}, nil)
	if err != nil {
		return err
	}
	graph, err := p.builder.Graph(cmd.Context(), settings.Build, settings.Package)
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "hotreload: cannot read the package graph, so every Go file counts: %s\n", visible.Text(err.Error(), "\n\t"))
		graph = nil
	}
	o := session.Options{Root: loaded.Root, Config: settings, ConfigFile: configFile(loaded)}
	for _, path := range paths {
		name, plan := session.Why(o, graph, watcher.Unseen, inRoot(loaded.Root, absolute(dir, path)))
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s: %s\n", visible.Text(name, ""), plan.Rung, visible.Text(plan.Reason, "")); err != nil {
			return err
		}
	}
	return nil
}

// running is the package of the session in a project, or "" if there is no session or the
// command line names a package.
func running(f flags, root string) string {
	if slices.ContainsFunc(f.set, func(set string) bool { return strings.HasPrefix(set, "build.package=") }) {
		return ""
	}
	reply, err := control.Status(root)
	if err != nil || reply.State == nil || reply.State.Root != root {
		return ""
	}
	return reply.State.Package
}

// absolute makes a path absolute. It keeps a slash at its end, which marks a directory.
func absolute(dir, path string) string {
	full := path
	if !filepath.IsAbs(path) {
		full = filepath.Join(dir, path)
	}
	full = filepath.Clean(full)
	if path != "" && os.IsPathSeparator(path[len(path)-1]) && full != filepath.Dir(full) {
		full += string(os.PathSeparator)
	}
	return full
}

// inRoot names a path as the session does: one that leads into the root through a link, or
// by the name that the root itself has through one, begins with the root.
func inRoot(root, path string) string {
	if isBelow(path, root) {
		return path
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return path
	}
	clean := strings.TrimSuffix(path, string(os.PathSeparator))
	for dir := clean; ; dir = filepath.Dir(dir) { // what does not exist has no real name
		rest := path[len(dir):]
		if dir == filepath.Dir(dir) {
			return path
		}
		if dir == clean && !isRoot(dir, real) {
			continue // if it is a link itself, it is the link that changes
		}
		leads, err := filepath.EvalSymlinks(dir)
		if err == nil && isBelow(leads, real) {
			return filepath.Join(root, leads[len(real):]) + rest
		}
	}
}

// isBelow reports whether a path is a directory, or lies in it.
func isBelow(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

func isRoot(dir, real string) bool {
	leads, err := filepath.EvalSymlinks(dir)
	return err == nil && leads == real
}
