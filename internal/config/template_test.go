package config

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTemplate(t *testing.T) {
	tests := []struct {
		name    string
		project Project
		want    func(*Config)
		live    []string
	}{
		{"nothing known", Project{}, func(*Config) {}, nil},
		{"one package", Project{Name: "shop", Packages: []string{"."}, Chosen: "."}, func(*Config) {}, nil},
		{
			"several packages",
			Project{Name: "shop", Packages: []string{"./cmd/job", "./cmd/web"}, Chosen: "./cmd/web"},
			func(c *Config) { c.Build.Package = "./cmd/web" },
			[]string{`package = "./cmd/web"`},
		},
		{"several packages, none stands out", Project{Packages: []string{"./a", "./b"}}, func(*Config) {}, nil},
		{
			"env files",
			Project{EnvFiles: []string{".env", ".env.local"}},
			func(c *Config) { c.Runner.EnvFiles = []string{".env", ".env.local"} },
			[]string{`env_files = [".env", ".env.local"]`},
		},
		{"the usual templates", Project{Templates: []string{"**/*.html", "**/*.gohtml", Default().Watch.Include[0]}}, func(*Config) {}, nil},
		{
			"templates",
			Project{Templates: []string{"**/*.html", "**/*.sql", "i18n/*.json", "**/*.sql", "[bad"}},
			func(c *Config) { c.Watch.Include = append(c.Watch.Include, "**/*.sql", "i18n/*.json") },
			[]string{`include = ["**/*.{html,tmpl,tpl,gohtml}", "**/*.sql", "i18n/*.json"]`},
		},
		{
			"strange names",
			Project{Name: "a\nb", Packages: []string{"./a\nb", "./\xff"}, Chosen: "./a\n\"b\""},
			func(c *Config) { c.Build.Package = "./a\n\"b\"" },
			[]string{`package = "./a\n\"b\""`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := string(Template(tt.project))
			want := Default()
			tt.want(&want)
			if diff := cmp.Diff(want, mustLoadText(t, text).Config); diff != "" {
				t.Errorf("-want +loaded:\n%s", diff)
			}
			var live []string
			for line := range strings.Lines(text) {
				if line[0] != '#' && line[0] != '[' && line != "\n" {
					live = append(live, strings.TrimSpace(line))
				}
			}
			if diff := cmp.Diff(tt.live, live); diff != "" {
				t.Errorf("lines in effect (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTemplateDefaults checks that each key is there, and that a commented line
// is the default: taking off the # changes nothing.
func TestTemplateDefaults(t *testing.T) {
	text := string(Template(Project{Name: "shop"}))
	live := regexp.MustCompile(`(?m)^#(\w)`).ReplaceAllString(text, "$1")
	l := mustLoadText(t, live)
	if diff := cmp.Diff(Default(), l.Config); diff != "" {
		t.Errorf("-default +template:\n%s", diff)
	}
	for key, origin := range l.Origins {
		if origin == "default" {
			t.Errorf("the template lacks %s", key)
		}
	}
}

func TestTemplateComments(t *testing.T) {
	text := string(Template(Project{Name: "shop", Packages: []string{"./cmd/job", "./cmd/web"}, Chosen: "./cmd/web"}))
	for _, want := range []string{
		"# hotreload config of shop.\n",
		"\n# one of ./cmd/job, ./cmd/web\npackage = \"./cmd/web\"\n",
		"\n# ignore what git ignores\n#gitignore = true\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from:\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "# ") && len(line) > 80 { // a value is as long as it is
			t.Errorf("line does not fit a screen: %s", line)
		}
	}
}
