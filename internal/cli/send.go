package cli

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"hotreload/internal/control"
)

func newSend(f *flags) *cobra.Command {
	names := []string{"rebuild", "restart", "pause", "resume", "status", "quit"}
	return &cobra.Command{
		Use:       "send rebuild|restart|pause|resume|status|quit",
		Short:     "Send a command to the session in this project",
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
