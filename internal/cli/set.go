package cli

import (
	"github.com/spf13/cobra"

	"hotreload/internal/control"
)

func newSet(f *flags) *cobra.Command {
	set := &cobra.Command{
		Use:   "set NAME VALUE",
		Short: "Set a live tunable in the running app",
		Long: `Set a value that the app declared with hot.Tune, or a field of one, in the running app.
New versions of the app keep the value until its default in the code changes or the session
ends.`,
		Example: `  hotreload set greeting "good morning"
  hotreload set limits.Rate 25
  hotreload set limits '{"Rate": 25, "Burst": 50}'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 || args[0] == "" {
				return usageError{"set takes a name and a value, such as: hotreload set limits.Rate 25; `hotreload send status` lists the tunables"}
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
	set.Flags().SetInterspersed(false) // so that a value can be -1
	return set
}

// completeTunable completes the names that can be set in the running app.
func (f *flags) completeTunable(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	dir, err := f.directory()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	reply, err := control.Status(dir)
	if err != nil || reply.State == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, t := range reply.State.Tunables {
		names = append(names, cobra.CompletionWithDesc(t.Name, t.Type+", now "+string(t.Value)))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
