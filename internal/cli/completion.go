package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hotreload/internal/config"
	"hotreload/ui"
)

// newCompletion returns the command that writes a completion script for a shell.
func newCompletion() *cobra.Command {
	scripts := map[string]func(*cobra.Command, io.Writer) error{
		"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":        (*cobra.Command).GenZshCompletion,
		"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
	}
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion " + strings.Join(shells, "|"),
		Short: "Write a completion script for a shell",
		Example: `  source <(hotreload completion bash)                                # in ~/.bashrc, with bash-completion
  source <(hotreload completion zsh)                                 # in ~/.zshrc, after compinit
  hotreload completion fish > ~/.config/fish/completions/hotreload.fish
  hotreload completion powershell | Out-String | Invoke-Expression   # in $PROFILE`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(shells, args[0]) {
				return usageError{"completion takes one of " + strings.Join(shells, ", ")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return scripts[args[0]](cmd.Root(), cmd.OutOrStdout())
		},
	}
}

// completeFlags registers what may follow the flags of a session.
func completeFlags(root *cobra.Command) {
	dirs := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	root.ValidArgsFunction = dirs
	for flag, complete := range map[string]cobra.CompletionFunc{
		"chdir":  dirs,
		"config": cobra.FixedCompletions([]string{"toml"}, cobra.ShellCompDirectiveFilterFileExt),
		"ui":     cobra.FixedCompletions([]string{string(ui.Auto), string(ui.TUI), string(ui.Plain), string(ui.JSON)}, cobra.ShellCompDirectiveNoFileComp),
		"set":    cobra.FixedCompletions(configKeys(), cobra.ShellCompDirectiveNoSpace|cobra.ShellCompDirectiveNoFileComp),
	} {
		_ = root.RegisterFlagCompletionFunc(flag, complete) // it fails only for an unknown flag
	}
}

// configKeys are the keys that --set takes, each with the equals sign.
func configKeys() []string {
	var keys []string
	for _, f := range config.Fields() {
		if f.List == "" {
			keys = append(keys, f.Key+"=\t"+f.Doc)
		}
	}
	return keys
}
