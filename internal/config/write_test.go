package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/build"
)

func written(t *testing.T, l *Loaded) string {
	t.Helper()
	var out strings.Builder
	if err := l.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWrite(t *testing.T) {
	l := mustLoadText(t, "[runner]\nargs = ['a\"b', '\\']\nenv.PORT = '1'\nenv.'A.B' = '2'\n"+goodItem, "runner.env.X=3", "build.race=true")
	want := "# " + l.File + ", in effect in " + l.Root + `

[watch]
include   = ["**/*.{html,tmpl,tpl,gohtml}"]                                          # default
browser   = ["**/*.{css,js,mjs,map,svg,png,jpg,jpeg,gif,webp,avif,ico,woff,woff2}"]  # default
exclude   = []                                                                       # default
gitignore = true                                                                     # default
quiet     = "30ms"                                                                   # default
poll      = "auto"                                                                   # default
extra     = []                                                                       # default

[build]
package = ""     # default
flags   = []     # default
tags    = []     # default
race    = true   # --set
debug   = false  # default
direct  = true   # default
shared  = true   # default
env     = {}     # default
command = []     # default
output  = ""     # default
plugin = []  # default

[[build.generate]]
match   = ["x"]  # .hotreload.toml:6
command = ["y"]  # .hotreload.toml:7

[runner]
args             = ["a\"b", "\\"]  # .hotreload.toml:2
env."A.B"        = "2"             # .hotreload.toml:4
env.PORT         = "1"             # .hotreload.toml:3
env.X            = "3"             # --set
env_files        = []              # default
wrap             = []              # default
dir              = ""              # default
handover         = "auto"          # default
listen           = []              # default
stop_signal      = "SIGTERM"       # default
stop_timeout     = "5s"            # default
ready            = ""              # default
ready_timeout    = "10s"           # default
max_plugin_loads = 50              # default
pty              = true            # default

[proxy]
listen      = ""    # default
target      = ""    # default
certificate = ""    # default
key         = ""    # default
browser     = true  # default
overlay     = true  # default

[bus]
listen      = ""        # default
url         = ""        # default
credentials = ""        # default
ca          = ""        # default
certificate = ""        # default
key         = ""        # default
plain       = false     # default
project     = ""        # default
rollout     = "canary"  # default
ready       = "2s"      # default

[ui]
editor = ""  # default
keys   = {}  # default
`
	if diff := cmp.Diff(want, written(t, l)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWriteLoadsAgain(t *testing.T) {
	for _, text := range []string{"", everyKey, `runner.args = ["\b\f\u007f\u009b\U0001F600\t\n\r", '<&>']` + "\n" + `runner.env."\n" = '"'`} {
		first := mustLoadText(t, text)
		second := mustLoadText(t, written(t, first))
		if diff := cmp.Diff(first.Config, second.Config); diff != "" {
			t.Errorf("%q: what is written loads as something else (-before +after):\n%s", text, diff)
		}
	}
}

// TestWriteStrangeFile checks that no file name can break out of its comment.
func TestWriteStrangeFile(t *testing.T) {
	const name = "a\nrunner.dir='x'.toml"
	dir := project(t, map[string]string{name: "watch.quiet = '1s'"})
	l, err := Load(Options{Dir: dir, File: name})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.Config, mustLoadText(t, written(t, l)).Config); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

func TestWriteWithoutFile(t *testing.T) {
	l, err := Load(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(written(t, l), "\n")
	if want := "# no config file, in effect in " + l.Root; first != want {
		t.Errorf("it begins with %q; want %q", first, want)
	}
}

func TestFormatValue(t *testing.T) {
	for _, tt := range []struct {
		value any
		want  string
	}{
		{50, "50"},
		{true, "true"},
		{1500 * time.Millisecond, `"1.5s"`},
		{[]string{"a", `b"`}, `["a", "b\""]`},
		{[]build.Generator{}, "[]"},
		{[]build.Generator{{Match: []string{"a"}}, {}}, `[{ match = ["a"], command = [] }, { match = [], command = [] }]`},
		{map[string]string{}, "{}"},
		{map[string]string{"b": "2", "a.c": "1"}, `{ "a.c" = "1", b = "2" }`},
	} {
		if got := formatValue(reflect.ValueOf(tt.value)); got != tt.want {
			t.Errorf("%v is written %s; want %s", tt.value, got, tt.want)
		}
	}
}

type brokenPipe struct{}

var errBroken = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteFails(t *testing.T) {
	if err := mustLoadText(t, "").Write(brokenPipe{}); !errors.Is(err, errBroken) {
		t.Errorf("got %v; want the writer's error", err)
	}
}
