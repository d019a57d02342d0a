package cli

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/internal/config"
)

// keepBeside has the app run where it did, if other files lie there: an app may keep them
// beside its executable.
func keepBeside(dir string, i *config.Import) {
	c := &i.Config.Build
	at := path.Dir(i.Output)
	if len(c.Command) > 0 || c.Package == "" || c.Debug || i.Output == "" || at == "." || !filepath.IsLocal(filepath.FromSlash(i.Output)) {
		return
	}
	file := kept(filepath.Join(dir, filepath.FromSlash(at)))
	if file == "" {
		return
	}
	c.Command = append([]string{"go", "build"}, c.Flags...)
	if len(c.Tags) > 0 {
		c.Command = append(c.Command, "-tags", strings.Join(c.Tags, ","))
	}
	if c.Race {
		c.Command = append(c.Command, "-race")
	}
	c.Command = append(c.Command, "-o", i.Output, c.Package)
	c.Output = i.Output
	i.Unneeded = slices.DeleteFunc(i.Unneeded, func(l config.Left) bool { return l.Value == "-o "+i.Output })
	i.Lost = append(i.Lost, config.Left{Key: "build.bin", Value: fmt.Sprintf("%q", i.Output), Why: fmt.Sprintf(
		"hotreload would run the app from its own cache, but %s lies beside this, and the app may keep it there. So build.command and build.output have it run here. If it keeps nothing here, remove both: builds are faster then",
		path.Join(at, file))})
}

// kept is a file in a directory of executables that a tool is unlikely to have left there;
// empty: there is none.
func kept(dir string) string {
	entries, _ := os.ReadDir(dir) // an error: there is no such directory
	for _, e := range entries {
		info, err := e.Info()
		switch name := e.Name(); {
		case err != nil, strings.HasPrefix(name, "."), strings.HasSuffix(name, ".log"), strings.HasSuffix(name, "~"):
		case e.IsDir(), info.Mode().IsRegular() && info.Mode()&0o111 == 0 && filepath.Ext(name) != ".exe":
			return name
		}
	}
	return ""
}
