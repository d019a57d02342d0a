package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hotreload/internal/config"
	"hotreload/ui"
)

// newCommand returns the command line.
func newCommand(sources fs.FS) *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:   "hotreload [flags] [package] [-- app arguments]",
		Short: "Live reload for Go: save a file, and the change is live",
		Long: `hotreload builds and runs a Go app, watches what it is built from, and makes each
change live. Without a package it runs the main package in this directory, or the
module's only one.`,
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
				return orCommand(cmd, f.chdir, args[0], err)
			}
			return orCommand(cmd, f.chdir, pkg, runSession(f, pkg, appArgs))
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
	all.StringArrayVar(&f.set, "set", nil, "override a config key, `KEY=VALUE`; repeatable")
	own := root.Flags()
	own.StringVar(&f.ui, "ui", string(ui.Auto), "show what happens as `MODE`: auto, tui, plain or json")
	own.StringVar(&f.events, "events", "", "also append the events to `FILE`, as JSON lines")
	own.BoolVar(&f.bus, "bus", false, "also send each version to instances elsewhere, which run hotreload agent")
	own.BoolVarP(&f.verbose, "verbose", "v", false, "say why each path is ignored and how the next build is made")
	root.AddCommand(newInit(&f), newAdd(&f, sources), newConfig(&f), newWhy(&f), newSend(&f), newSet(&f), newAgent(&f), newDoctor(&f), newCompletion(), newVersion())
	completeFlags(root)
	return root
}

// splitArgs separates the package from the app's arguments, which are nil without "--".
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
	return "", nil, usageError{fmt.Sprintf("want one package, got %d; the app's own arguments go after --: hotreload %s -- %s", len(args), args[0], args[1])}
}

// orCommand suggests a command when a package cannot be found: the name may be a
// misspelt command. One letter is near to too many of them, and two letters may be one edit
// away from a command.
func orCommand(root *cobra.Command, dir, pkg string, err error) error {
	if exitStatus(err) != exitUsage || len(pkg) < 2 {
		return err
	}
	root.SuggestionsMinimumDistance = min(root.SuggestionsMinimumDistance, len(pkg)-1)
	near := root.SuggestionsFor(pkg)
	if info, failed := os.Stat(filepath.Join(dir, pkg)); len(near) == 0 || failed == nil && info.IsDir() {
		return err
	}
	if text, asks := strings.CutSuffix(err.Error(), "?"); asks {
		return usageError{fmt.Sprintf("%s, or the command %s?", text, near[0])}
	}
	return usageError{fmt.Sprintf("%s; or did you mean the command %s?", err, near[0])}
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Sprintf("%s takes no arguments, but got %q", cmd.CommandPath(), args[0])}
	}
	return nil
}
