package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hotreload/internal/hotcopy"
)

// newAdd is the command that gives an app the packages that it imports.
func newAdd(f *flags, sources fs.FS) *cobra.Command {
	names := []string{"hot", "hotplug"}
	var to string
	var force bool
	cmd := &cobra.Command{
		Use:   "add hot|hotplug [--to DIR] [--force]",
		Short: "Write the package that an app imports into its module, or update it there",
		Long: `Write package hot into the module in this directory, or package hotplug with the
package hot that it needs. They use the standard library alone. Run it again to update
them to this version of hotreload, wherever in the module they are. It shows how many lines
of each file change, and with --force the edits by hand that it discards.`,
		Example: `  hotreload add hot                 # import "MODULE/internal/hot"
  hotreload add hotplug             # import "MODULE/internal/hot/hotplug"
  hotreload add hot --to pkg/live`,
		ValidArgs: names,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] != "hot" && args[0] != "hotplug" {
				return usageError{fmt.Sprintf("add takes one of hot and hotplug, not %q; for example: hotreload add hot", strings.Join(args, " "))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			plan, err := planCopy(sources, dir, to, args[0] == "hotplug")
			if refusal := new(hotcopy.Refusal); errors.As(err, &refusal) {
				return usageError{"add: " + refusal.Error()}
			}
			if err != nil {
				return fmt.Errorf("add: %w", err)
			}
			return writeCopy(cmd.OutOrStdout(), plan, force)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "write package hot to `DIR` (default where it is, else "+hotcopy.DefaultDir+" in the module), and hotplug below it")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that were edited by hand")
	return cmd
}

// longestDiff is how many lines are shown of what is discarded of a file.
const longestDiff = 40

// writeChange says what happens to a file, and shows edits by hand that are lost.
func writeChange(out *strings.Builder, c hotcopy.Change, edited bool) {
	fmt.Fprintf(out, "%-8s %s", c.Kind, c.Path)
	if c.Kind == hotcopy.Changed {
		fmt.Fprintf(out, " (+%d -%d)", c.Diff.Added, c.Diff.Removed)
	}
	out.WriteByte('\n')
	if edited && len(c.Diff.Lines) > 0 {
		out.WriteString(c.Diff.Short(longestDiff))
	}
}

// planCopy plans a copy for the module in dir.
func planCopy(files fs.FS, dir, to string, plugins bool) (*hotcopy.Plan, error) {
	sources, err := hotcopy.Open(files, toolVersion())
	if err != nil {
		return nil, err
	}
	module, err := hotcopy.FindModule(dir)
	if err != nil {
		return nil, err
	}
	switch {
	case to == "":
		to, err = module.Choose()
	case filepath.IsAbs(to):
		to = filepath.Clean(to)
	default:
		to = filepath.Join(dir, to)
	}
	if err != nil {
		return nil, err
	}
	plan, err := hotcopy.Make(sources, module, to, plugins)
	if err != nil {
		return nil, err
	}
	return plan, module.RefuseSecond(plan)
}

// writeCopy says what changes, and writes it.
func writeCopy(out io.Writer, p *hotcopy.Plan, force bool) error {
	if len(p.Edited) > 0 && !force {
		return fmt.Errorf("add: edited by hand: %s; undo the edits, or overwrite them with --force", strings.Join(p.Edited, ", "))
	}
	if len(p.Changes) == 0 {
		_, err := fmt.Fprintf(out, "%s is unchanged: it is what this version of hotreload has\n", p.Dir)
		return err
	}
	var changes, done strings.Builder
	if p.Fresh {
		fmt.Fprintf(&done, "wrote %s (%d files)\n", p.Dir, len(p.Changes))
	} else {
		for _, c := range p.Changes {
			writeChange(&changes, c, slices.Contains(p.Edited, c.Path))
		}
		fmt.Fprintf(&done, "updated %s\n", p.Dir)
	}
	fmt.Fprintf(&done, "\timport %q\n", p.Import)
	if p.Plugins {
		fmt.Fprintf(&done, "\timport %q\n", path.Join(p.Import, "hotplug"))
	}
	if _, err := io.WriteString(out, changes.String()); err != nil { // what is discarded is shown before it is
		return err
	}
	if err := p.Write(); err != nil {
		return fmt.Errorf("add: write the copy: %w", err)
	}
	_, err := io.WriteString(out, done.String())
	return err
}
