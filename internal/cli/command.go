package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"hotreload/internal/config"
	"hotreload/internal/control"
	"hotreload/ui"
)

// flags are the ones that all commands have, and those of a session.
type flags struct {
	chdir   string
	config  string
	set     []string
	ui      string
	events  string
	verbose bool
}

// newCommand is the command line.
func newCommand(sources fs.FS) *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:   "hotreload [flags] [package] [-- app arguments]",
		Short: "Live reload for Go: save a file, and the change is live",
		Long: `hotreload builds and runs a Go app, watches what it is built from, and makes
each change live. Without a package it takes the main package in this directory,
or the module's only one.`,
		Example: `  hotreload
  hotreload ./cmd/web -- -addr :8080
  hotreload -C examples/web
  hotreload send rebuild`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			pkg, appArgs, err := splitArgs(args, cmd.ArgsLenAtDash())
			if err != nil {
				return orCommand(cmd, args[0], err)
			}
			return orCommand(cmd, pkg, runSession(f, pkg, appArgs))
		},
		SuggestionsMinimumDistance: 2,
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{err.Error() + "; see " + cmd.CommandPath() + " --help; the app's own flags go after --"}
	})
	all := root.PersistentFlags()
	all.StringVarP(&f.chdir, "chdir", "C", ".", "work in `DIR`")
	all.StringVarP(&f.config, "config", "c", "", "config `FILE` (default "+config.FileName+" here, else in a parent up to the module or workspace root)")
	all.StringArrayVar(&f.set, "set", nil, "override a config key, `KEY=VALUE`; may be repeated")
	own := root.Flags()
	own.StringVar(&f.ui, "ui", string(ui.Auto), "show what happens in `MODE`: auto, tui, plain or json")
	own.StringVar(&f.events, "events", "", "also append the events as JSON lines to `FILE`")
	own.BoolVarP(&f.verbose, "verbose", "v", false, "say why each path is ignored, and how the next build is made")
	root.AddCommand(newInit(&f), newAdd(&f, sources), newConfig(&f), newWhy(&f), newSend(&f), newSet(&f), newDoctor(&f), newCompletion(), newVersion())
	completeFlags(root)
	return root
}

// splitArgs tells the package from the app's arguments, which are nil without
// a "--".
func splitArgs(args []string, dash int) (pkg string, appArgs []string, err error) {
	if dash >= 0 {
		args, appArgs = args[:dash], append([]string{}, args[dash:]...)
	}
	switch len(args) {
	case 0:
		return "", appArgs, nil
	case 1:
		return args[0], appArgs, nil
	}
	return "", nil, usageError{fmt.Sprintf("one package, please, not %d; the app's own arguments go after --: hotreload %s -- %s", len(args), args[0], args[1])}
}

// orCommand adds to the error about a package that is none the command that was
// perhaps meant.
func orCommand(root *cobra.Command, pkg string, err error) error {
	near := root.SuggestionsFor(pkg)
	if exitStatus(err) != exitUsage || pkg == "" || len(near) == 0 {
		return err
	}
	return usageError{fmt.Sprintf("%s; or did you mean the command %s?", err, near[0])}
}

// directory is the one worked in, absolute.
func (f flags) directory() (string, error) {
	dir, err := filepath.Abs(f.chdir)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", usageError{fmt.Sprintf("-C %s: there is no such directory", f.chdir)}
	case err != nil:
		return "", usageError{fmt.Sprintf("-C %s: %v", f.chdir, err)}
	case !info.IsDir():
		return "", usageError{fmt.Sprintf("-C %s: it is a file; name the directory of the project", f.chdir)}
	}
	return dir, nil
}

// load reads the config for the directory worked in.
func (f flags) load() (*config.Loaded, string, error) {
	dir, err := f.directory()
	if err != nil {
		return nil, "", err
	}
	loaded, err := config.Load(config.Options{Dir: dir, File: f.config, Set: f.set, CheckUI: checkUI})
	return loaded, dir, err
}

func newConfig(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Print the effective config and where each value comes from",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, _, err := f.load()
			if err != nil {
				return err
			}
			return loaded.Write(cmd.OutOrStdout())
		},
	}
}

func newSend(f *flags) *cobra.Command {
	names := []string{"rebuild", "restart", "pause", "resume", "status", "quit"}
	return &cobra.Command{
		Use:       "send rebuild|restart|pause|resume|status|quit",
		Short:     "Talk to the session that runs in this project",
		ValidArgs: names,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)(cmd, args); err != nil {
				return usageError{"send takes one of rebuild, restart, pause, resume, status, quit"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			reply, err := control.Send(dir, args[0])
			if err != nil || reply.State == nil {
				return err
			}
			text, err := json.MarshalIndent(reply.State, "", "  ")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), string(bytes.TrimSpace(text)))
			return err
		},
	}
}

func newSet(f *flags) *cobra.Command {
	set := &cobra.Command{
		Use:   "set NAME VALUE",
		Short: "Set a live tunable in the running app",
		Long: `Set a value that the app has made with hot.Tune, or a field of one, in the app that
runs in this project. What it is stays in the processes that follow, until its default in
the code is another one or the session ends.`,
		Example: `  hotreload set greeting "good morning"
  hotreload set limits.Rate 25
  hotreload set limits '{"Rate": 25, "Burst": 50}'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError{"set takes a name and a value, such as: hotreload set limits.Rate 25; `hotreload send status` lists what there is"}
			}
			return nil
		},
		ValidArgsFunction: f.completeTunable,
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			return control.Set(dir, args[0], args[1])
		},
	}
	set.Flags().SetInterspersed(false) // so that -1 can be a value
	return set
}

// completeTunable is for the shell: the names that can be set now.
func (f *flags) completeTunable(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	dir, err := f.directory()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	reply, err := control.Send(dir, "status")
	if err != nil || reply.State == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, t := range reply.State.Tunables {
		names = append(names, cobra.CompletionWithDesc(t.Name, t.Type+", now "+string(t.Value)))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "hotreload %s (%s)\n", toolVersion(), runtime.Version())
			return err
		},
	}
}

// toolVersion is the version of this program.
func toolVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Sprintf("%s takes no arguments, and there is %q", cmd.CommandPath(), args[0])}
	}
	return nil
}
