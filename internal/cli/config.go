package cli

import "github.com/spf13/cobra"

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
