package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/build"
)

func TestSet(t *testing.T) {
	tests := []struct {
		name string
		set  []string
		want func(*Config)
	}{
		{"string", []string{"runner.dir=a b"}, func(c *Config) { c.Runner.Dir = "a b" }},
		{"string, quoted", []string{`runner.dir="a\tb"`}, func(c *Config) { c.Runner.Dir = "a\tb" }},
		{"string, half quoted", []string{`runner.dir="a`}, func(c *Config) { c.Runner.Dir = `"a` }},
		{"string like a number", []string{"runner.dir=12"}, func(c *Config) { c.Runner.Dir = "12" }},
		{"string like a comment", []string{"runner.dir=#1"}, func(c *Config) { c.Runner.Dir = "#1" }},
		{"string with equals", []string{"runner.dir=a=b"}, func(c *Config) { c.Runner.Dir = "a=b" }},
		{"empty string", []string{"build.package="}, func(c *Config) { c.Build.Package = "" }},
		{"duration", []string{"watch.quiet=2s"}, func(c *Config) { c.Watch.Quiet = 2 * time.Second }},
		{"duration, quoted", []string{"watch.quiet='2s'"}, func(c *Config) { c.Watch.Quiet = 2 * time.Second }},
		{"signal", []string{"runner.stop_signal=INT"}, func(c *Config) { c.Runner.StopSignal = "SIGINT" }},
		{"boolean", []string{"build.race=true", "watch.gitignore= false "}, func(c *Config) { c.Build.Race, c.Watch.Gitignore = true, false }},
		{"list", []string{`build.tags=["a", 'b,c']`}, func(c *Config) { c.Build.Tags = []string{"a", "b,c"} }},
		{"list, bare", []string{"build.tags=a, b"}, func(c *Config) { c.Build.Tags = []string{"a", "b"} }},
		{"list of one", []string{"runner.args=-v"}, func(c *Config) { c.Runner.Args = []string{"-v"} }},
		{"list, empty", []string{"watch.include="}, func(c *Config) { c.Watch.Include = nil }},
		{"globs with braces", []string{"watch.include=*.{a,b},*.{c,{d,e}},f"}, func(c *Config) { c.Watch.Include = []string{"*.{a,b}", "*.{c,{d,e}}", "f"} }},
		{"map entry", []string{"runner.env.PORT=8080", "runner.env.A="}, func(c *Config) { c.Runner.Env = map[string]string{"PORT": "8080", "A": ""} }},
		{"map entry, quoted", []string{`runner.env."a.b"='c'`}, func(c *Config) { c.Runner.Env = map[string]string{"a.b": "c"} }},
		{"map", []string{`runner.env={A="1",B='2'}`}, func(c *Config) { c.Runner.Env = map[string]string{"A": "1", "B": "2"} }},
		{"map after entry", []string{"runner.env.A=1", "runner.env={}"}, func(c *Config) {}},
		{"later wins", []string{"runner.dir=a", "runner.dir=b"}, func(c *Config) { c.Runner.Dir = "b" }},
		{"keys together", []string{"build.output=app", "build.command=make,app"}, func(c *Config) { c.Build.Output, c.Build.Command = "app", []string{"make", "app"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Load(Options{Dir: t.TempDir(), Set: tt.set})
			if err != nil {
				t.Fatal(err)
			}
			want := Default()
			tt.want(&want)
			if diff := cmp.Diff(want, l.Config); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tt.set, diff)
			}
		})
	}
}

func TestSetErrors(t *testing.T) {
	tests := []struct{ arg, want string }{
		{"runner.dir", `--set runner.dir: there is no value; write key=value, for example --set runner.stop_timeout=2s`},
		{"", `--set : there is no value; write key=value, for example --set runner.stop_timeout=2s`},
		{"=x", `--set =x: "" is not a key; write key=value, for example --set runner.stop_timeout=2s`},
		{"a b=x", `--set a b=x: "a b" is not a key; write key=value, for example --set runner.stop_timeout=2s`},
		{"[watch]\na=x", `--set "[watch]\na=x": "[watch]\na" is not a key; write key=value, for example --set runner.stop_timeout=2s`},
		{"#a=x", `--set #a=x: "#a" is not a key; write key=value, for example --set runner.stop_timeout=2s`},
		{"runner.stop_timeot=2s", `--set runner.stop_timeot=2s: unknown key "runner.stop_timeot"; did you mean "runner.stop_timeout"?`},
		{"deploy.listen=:80", `--set deploy.listen=:80: unknown key "deploy.listen"; did you mean "runner.listen" or "proxy.listen" or "bus.listen"?`},
		{"watch=1", `--set watch=1: "1" is not a table; set its keys, such as watch.include`},
		{"watch.quiet=5", `--set watch.quiet=5: "5" is not a duration; write for example "5s" or "300ms"`},
		{"watch.quiet.x=5", `--set watch.quiet.x=5: watch.quiet: a table is not a duration; write for example "5s" or "300ms"`},
		{"watch.include=[a", `--set watch.include=[a: not valid TOML: unexpected character U+0061 'a' at start of value; write ["a", "b"] or a,b`},
		{"watch.include={a,b", `--set watch.include={a,b: "{a,b" is not a glob; close every [ and {, and put \ before one that is meant literally`},
		{"build.tags=[1]", `--set build.tags=[1]: 1 is not a string; write "1"`},
		{"build.tags=[]\nx=1", `--set "build.tags=[]\nx=1": there is more than one value; write one; write ["a", "b"] or a,b`},
		{"build.race=yes", `--set build.race=yes: "yes" is not a boolean; write true or false`},
		{"build.race=", `--set build.race=: "" is not a boolean; write true or false`},
		{"runner.env=A=1", `--set runner.env=A=1: "A=1" is not a table; write { NAME = "value" }, or --set runner.env.NAME=value`},
		{"runner.env={A=1}", `--set runner.env={A=1}: runner.env.A: 1 is not a string; write "1"`},
		{"runner.env={A", `--set runner.env={A: not valid TOML: expected '=' after key; write { NAME = "value" }`},
		{"runner.env.A.B=1", `--set runner.env.A.B=1: runner.env.A: a table is not a string; write text in quotes`},
		{"build.generate=templ", `--set build.generate=templ: "templ" is not a list of tables; write [{ … }, { … }]`},
		{"build.generate=[{match=['a']}]", `--set build.generate=[{match=['a']}]: this [[build.generate]] has no command; say what to run, for example command = ["templ", "generate"]`},
		{"build.generate.match=a", `--set build.generate.match=a: there can be several; write the whole list: --set 'build.generate=[{ match = …, command = … }]'`},
		{"build.generate.mach=a", `--set build.generate.mach=a: unknown key "build.generate.mach"; did you mean "build.generate.match"?`},
		{"runner.dir=\xff", `--set "runner.dir=\xff": is not valid UTF-8; write it in UTF-8`},
		{"build.output=x", `--set build.output=x: build.output has no effect without build.command; set the command that writes it, or remove output`},
	}
	for _, tt := range tests {
		_, err := Load(Options{Dir: t.TempDir(), Set: []string{"build.debug=true", tt.arg}})
		got := asError(t, err)
		if got.Error() != tt.want {
			t.Errorf("\n got %s\nwant %s", got, tt.want)
		}
		if got.File != "" || got.Line != 0 {
			t.Errorf("%s is said to be at %s:%d", tt.arg, got.File, got.Line)
		}
	}
}

func TestSetOverFile(t *testing.T) {
	const text = "[runner]\ndir = 'a'\nenv = { A = '1', B = '2' }\nargs = ['x']"
	l := mustLoadText(t, text, "runner.dir=b", "runner.env.B=3", "runner.env.C=4")
	want := Default()
	want.Runner.Dir = "b"
	want.Runner.Env = map[string]string{"A": "1", "B": "3", "C": "4"}
	want.Runner.Args = []string{"x"}
	if diff := cmp.Diff(want, l.Config); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	origins := map[string]string{
		"watch.quiet":  "default",
		"runner.dir":   "--set",
		"runner.args":  FileName + ":4",
		"runner.env":   "--set",
		"runner.env.A": FileName + ":3",
		"runner.env.B": "--set",
		"runner.env.C": "--set",
	}
	for key, want := range origins {
		if got := l.Origins[key]; got != want {
			t.Errorf("%s comes from %q; want %q", key, got, want)
		}
	}

	l = mustLoadText(t, text, "runner.env={D='5'}")
	if diff := cmp.Diff(map[string]string{"D": "5"}, l.Config.Runner.Env); diff != "" {
		t.Errorf("a whole table does not replace the file's (-want +got):\n%s", diff)
	}
	if got, ok := l.Origins["runner.env.A"]; ok {
		t.Errorf("an entry that was replaced still comes from %s", got)
	}
}

// TestSetTables checks that a list of tables is replaced as a whole.
func TestSetTables(t *testing.T) {
	l := mustLoadText(t, goodItem+goodItem, "build.generate=[{ match = ['a'], command = ['b'] }]")
	want := []build.Generator{{Match: []string{"a"}, Command: []string{"b"}}}
	if diff := cmp.Diff(want, l.Config.Build.Generate); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := l.Origins["build.generate[0].match"]; got != "--set" {
		t.Errorf("the first table comes from %q, want --set", got)
	}
	if got, there := l.Origins["build.generate[1].match"]; there {
		t.Errorf("a table that was replaced still comes from %q", got)
	}
	if l := mustLoadText(t, goodItem, "build.generate=[]"); len(l.Config.Build.Generate) != 0 {
		t.Errorf("an empty list leaves %v", l.Config.Build.Generate)
	}
}

// TestSetBreaksFile checks that an error is at the remaining key of a pair.
func TestSetBreaksFile(t *testing.T) {
	_, err := loadText(t, "build.command = ['make']\nbuild.output = 'app'", "build.command=")
	want := FileName + ":2:1: build.output has no effect without build.command; set the command that writes it, or remove output"
	if got := asError(t, err).Error(); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}
