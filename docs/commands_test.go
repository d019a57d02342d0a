package docs

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hotreload/internal/cli"
)

// commands documents the command line: a section for each command.
func commands(*testing.T) string {
	var out strings.Builder
	root := cli.Command()
	section(&out, root)
	for _, c := range root.Commands() {
		if !c.Hidden {
			section(&out, c)
		}
	}
	return out.String()
}

func section(out *strings.Builder, c *cobra.Command) {
	about := c.Long
	if about == "" {
		about = c.Short + "."
	}
	use := strings.TrimSpace(strings.TrimSuffix(c.CommandPath(), c.Name()) + c.Use)
	out.WriteString("### " + c.CommandPath() + "\n\n" + about + "\n\n```\n" + use + "\n```\n\n")
	flags(out, c.LocalNonPersistentFlags(), "flag")
	flags(out, c.PersistentFlags(), "flag of every command")
	if c.HasExample() {
		out.WriteString("```sh\n" + unindent(c.Example) + "\n```\n\n")
	}
}

func flags(out *strings.Builder, set *pflag.FlagSet, title string) {
	var rows [][]string
	set.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			rows = append(rows, flagRow(f))
		}
	})
	if len(rows) > 0 {
		out.WriteString(table([]string{title, "meaning"}, rows) + "\n")
	}
}

func flagRow(f *pflag.Flag) []string {
	argument, usage := pflag.UnquoteUsage(f)
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if argument != "" && f.NoOptDefVal != "" && f.Value.Type() != "bool" {
		name += "[=" + argument + "]"
	} else if argument != "" {
		name += " " + argument
	}
	return []string{code(name), usage}
}

func unindent(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.Join(lines, "\n")
}
