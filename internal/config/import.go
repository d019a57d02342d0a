package config

import (
	"bytes"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"hotreload/build"
)

// Import is the config of another tool, translated into ours.
type Import struct {
	From     string      // its file, as the user named it
	Config   Config      // the defaults, with what was taken from it
	Set      []string    // more for Apply, as --set takes it: "proxy.listen=:8080"
	Generate []Generator // the tables [[build.generate]], in order

	Lost     []Left   // what has no counterpart: the user must look at it
	Unneeded []Left   // what is not needed here
	Silent   []string // keys at the other tool's default
	Build    string   // what it ran to build, as its file has it
	Output   string   // the executable that this built, which hints at the package
}

// Generator is a command that writes sources, with the globs of what it reads.
type Generator = build.Generator

// Left is a setting that was not carried over.
type Left struct{ Key, Value, Why string }

// Apply applies the settings in Set. One that does not exist here is listed as
// lost.
func (i *Import) Apply() {
	b := newBinder(&i.Config)
	for _, set := range i.Set {
		if err := b.bindSet(set); err != nil {
			key, value, _ := strings.Cut(set, "=")
			i.Lost = append(i.Lost, Left{key, quote(value), err.Message})
		}
	}
	i.Set = nil
}

// Choose decides which of some main packages build.command builds. If the executable's name
// does not tell, that is listed as lost.
func (i *Import) Choose(packages []string) {
	b := &i.Config.Build
	if b.Package != "" || len(packages) < 2 {
		return
	}
	b.Package = i.guess(packages)
	if b.Package == "" && len(b.Command) > 0 && !slices.Contains(packages, ".") {
		i.Lost = append(i.Lost, Left{"build.cmd", i.Build, "it is not known which package this builds, so edits of Go files may build nothing: set build.package to one of " + strings.Join(packages, ", ")})
	}
}

// guess is the main package that the executable is named after.
func (i *Import) guess(packages []string) string {
	name := strings.TrimSuffix(path.Base(i.Output), ".exe")
	for _, p := range packages {
		if path.Base(p) == name {
			return p
		}
	}
	return ""
}

// writeGenerators writes the tables [[build.generate]].
func writeGenerators(out *bytes.Buffer, generators []Generator, comment string) {
	for i, g := range generators {
		out.WriteByte('\n')
		if i == 0 {
			writeComment(out, comment)
		}
		fmt.Fprintf(out, "[[build.generate]]\nmatch = %s\ncommand = %s\n",
			formatValue(reflect.ValueOf(g.Match)), formatValue(reflect.ValueOf(g.Command)))
	}
}

// writeLeft lists what was not carried over.
func (i *Import) writeLeft(out *bytes.Buffer) {
	if len(i.Lost) > 0 {
		fmt.Fprintf(out, "\n# Not carried over from %s:\n", printable(i.From))
		for _, l := range i.Lost {
			fmt.Fprintf(out, "#\n# %s\n", printable(l.Key+" = "+l.Value))
			writeIndented(out, l.Why)
		}
	}
	if len(i.Unneeded) > 0 {
		fmt.Fprintf(out, "\n# In %s, but not needed here:\n", printable(i.From))
		for _, l := range i.Unneeded {
			fmt.Fprintf(out, "#\n# %s\n", printable(l.Key+" = "+l.Value))
			writeIndented(out, l.Why)
		}
	}
	if len(i.Silent) > 0 {
		out.WriteByte('\n')
		writeComment(out, fmt.Sprintf("Default or off in %s: %s.", printable(i.From), printable(strings.Join(i.Silent, ", "))))
	}
}

func writeIndented(out *bytes.Buffer, text string) {
	var lines bytes.Buffer
	writeComment(&lines, text)
	for line := range bytes.Lines(lines.Bytes()) {
		fmt.Fprintf(out, "#  %s", line[1:])
	}
}
