package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTemplateImport checks that what was taken from another tool's config is in
// effect in the file, and that what was left is listed in it.
func TestTemplateImport(t *testing.T) {
	imported := &Import{
		From: "other.toml", Config: Default(),
		Set:      []string{"build.race=true", "build.rase=true"},
		Generate: []Generator{{Match: []string{"**/*.templ"}, Command: []string{"templ", "generate"}}},
		Lost:     []Left{{"after", `["x\ny"]`, "nothing is run at the end"}},
		Unneeded: []Left{{"delay", "5", "it does not wait"}},
		Silent:   []string{"color", "log"},
		Output:   "bin/web.exe",
	}
	imported.Config.Runner.Args = []string{"serve"}
	imported.Apply()
	packages := []string{"./cmd/job", "./cmd/web"}
	imported.Choose(packages)
	text := string(Template(Project{Name: "shop", Packages: packages, Import: imported}))

	want := Default()
	want.Build.Race = true
	want.Build.Package = "./cmd/web" // that the executable is named after
	want.Runner.Args = []string{"serve"}
	got := mustLoadText(t, text).Config
	if diff := cmp.Diff(want.Runner, got.Runner); diff != "" {
		t.Errorf("-want +loaded:\n%s", diff)
	}
	if got.Build.Package != want.Build.Package || !got.Build.Race {
		t.Errorf("package %q, race %v", got.Build.Package, got.Build.Race)
	}
	for _, want := range []string{
		"[[build.generate]]\n", "match = [\"**/*.templ\"]\n", "command = [\"templ\", \"generate\"]\n",
		"\n# Not carried over from other.toml:\n#\n# after = [\"x\\ny\"]\n#   nothing is run at the end\n",
		"\n# build.rase = \"true\"\n#   unknown key",
		"\n# In other.toml, but not needed here:\n#\n# delay = 5\n#   it does not wait\n",
		"\n# Default or off in other.toml: color, log.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from:\n%s", want, text)
		}
	}
}
