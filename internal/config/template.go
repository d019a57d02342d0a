package config

import (
	"bytes"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Project is what is known of a project whose config is to be written.
type Project struct {
	Name      string
	Packages  []string    // main packages, such as "./cmd/web"
	Chosen    string      // the one that would run; empty: undecided
	EnvFiles  []string    // env files that hotreload is to read
	Templates []string    // globs for the kinds of templates found
	Generate  []Generator // for the kinds of sources found
	Import    *Import     // settings taken from another tool's config; nil: none
}

const templateHead = `# hotreload config of %s.
#
# A line such as #key = value shows the default: remove the # to change it.
# hotreload config prints every value, and where it comes from.
`

// examples show the notation of lists of tables.
var examples = map[string]string{
	"build.generate": `#
#     [[build.generate]]
#     match   = ["**/*.templ"]
#     command = ["templ", "generate"]
#
`,
	"build.plugin": `#
#     [[build.plugin]]
#     package = "./plugins/greet"
#
`,
}

// Template writes a commented config file for a project. It sets only what must
// differ from the default.
func Template(p Project) []byte {
	config := Default()
	defaults := reflect.ValueOf(Default())
	if p.Import == nil {
		p.adjust(&config)
	} else {
		config = p.Import.Config
	}
	v := reflect.ValueOf(config)
	var out bytes.Buffer
	fmt.Fprintf(&out, templateHead, printable(p.Name))
	for _, table := range schema(v.Type()).children {
		fmt.Fprintf(&out, "\n[%s]\n", table.path)
		for i, key := range table.keys() {
			if i > 0 {
				out.WriteByte('\n')
			}
			writeComment(&out, key.doc)
			if key.path == "build.package" && len(p.Packages) > 1 {
				writeComment(&out, "one of "+printable(strings.Join(p.Packages, ", ")))
			}
			value := formatValue(v.FieldByIndex(key.index))
			mark := "#"
			if value != formatValue(defaults.FieldByIndex(key.index)) {
				mark = ""
			}
			out.WriteString(examples[key.path])
			fmt.Fprintf(&out, "%s%s = %s\n", mark, key.name, value)
		}
		if table.path == "build" {
			writeGenerators(&out, p.Generate, "Each runs when a file that it matches changes.")
			if p.Import != nil {
				writeGenerators(&out, p.Import.Generate, "These ran before every build. Here each runs when a file that it matches changes: make sure that match names what it reads.")
			}
		}
	}
	if p.Import != nil {
		p.Import.writeLeft(&out)
	}
	return out.Bytes()
}

// adjust sets what must differ from the default in this project.
func (p Project) adjust(c *Config) {
	if len(p.Packages) > 1 && p.Chosen != "" {
		c.Build.Package = p.Chosen
	}
	if len(p.EnvFiles) > 0 {
		c.Runner.EnvFiles = p.EnvFiles
	}
	for _, glob := range p.Templates {
		// The default stays, so that a kind of file that the project gets
		// tomorrow works, too.
		if !covered(c.Watch.Include, glob) && checkGlob(glob) == "" {
			c.Watch.Include = append(c.Watch.Include, glob)
		}
	}
}

// covered reports whether globs match all that glob matches. It knows for globs
// such as "**/*.html"; for others it says no, which costs one glob too many.
func covered(globs []string, glob string) bool {
	if slices.Contains(globs, glob) {
		return true
	}
	ext := path.Ext(glob)
	if glob != "**/*"+ext || strings.ContainsAny(ext, "*?[{\\") {
		return false
	}
	return slices.ContainsFunc(globs, func(g string) bool {
		// ** matches no directory, one, and several.
		top, err := doublestar.Match(g, "name"+ext)
		below, errBelow := doublestar.Match(g, "some/directory/name"+ext)
		return err == nil && errBelow == nil && top && below
	})
}

// writeComment breaks text into lines that fit a screen.
func writeComment(out *bytes.Buffer, text string) {
	const width = 78
	line := "#"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > width && line != "#" {
			out.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	out.WriteString(line + "\n")
}
