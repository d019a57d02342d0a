package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/build"
	"hotreload/internal/fleet"
)

const everyKey = `
[watch]
include = ["a/**", '*.{x,y}']
browser = ["web/*.css"]
exclude = [
  "tmp", # comment
  "out",
]
gitignore = false
quiet = "0s"
poll = "2s"
extra = ["../common"]

[build]
package = "./cmd/web"
flags = ["-trimpath"]
tags = ["a", "b"]
race = true
debug = true
direct = false
shared = false
command = ["make"]
output = "bin/app"
env.CGO_ENABLED = "0"

[[build.generate]]
match = ["**/*.templ", "views/*.{x,y}"]
command = ["templ", "generate"]

[[build.generate]]
command = ["go", "generate", "./..."]
match = ["**/*.sql"]

[runner]
args = ["serve"]
env = { PORT = "8080", "with.dot" = "" }
env_files = []
dir = "var"
handover = "socket"
listen = [":8080", "admin=localhost:9090"]
stop_signal = "INT"
stop_timeout = "1m30s"
ready = "log:^listening"
ready_timeout = "1.5s"
pty = false
max_plugin_loads = 7

[proxy]
browser = false
overlay = false

[bus]
listen = "127.0.0.1:4222"
url = ""
credentials = "agent.creds"
ca = "ca.pem"
certificate = "c.pem"
key = "k.pem"
plain = true
project = "shop"
rollout = "all"
ready = "1s"

[ui]
editor = "code --goto {file}:{line}"
keys.rebuild = "ctrl+r f5"
`

func everyKeyConfig() Config {
	var c Config
	c.Watch.Include = []string{"a/**", "*.{x,y}"}
	c.Watch.Browser = []string{"web/*.css"}
	c.Watch.Exclude = []string{"tmp", "out"}
	c.Watch.Poll = "2s"
	c.Watch.Extra = []string{"../common"}
	c.Build.Package = "./cmd/web"
	c.Build.Flags = []string{"-trimpath"}
	c.Build.Tags = []string{"a", "b"}
	c.Build.Race = true
	c.Build.Debug = true
	c.Build.Env = map[string]string{"CGO_ENABLED": "0"}
	c.Build.Generate = []build.Generator{
		{Match: []string{"**/*.templ", "views/*.{x,y}"}, Command: []string{"templ", "generate"}},
		{Match: []string{"**/*.sql"}, Command: []string{"go", "generate", "./..."}},
	}
	c.Build.Command = []string{"make"}
	c.Build.Output = "bin/app"
	c.Runner.Args = []string{"serve"}
	c.Runner.Env = map[string]string{"PORT": "8080", "with.dot": ""}
	c.Runner.Dir = "var"
	c.Runner.Handover = "socket"
	c.Runner.Listen = []string{":8080", "admin=localhost:9090"}
	c.Runner.StopSignal = "SIGINT"
	c.Runner.StopTimeout = 90 * time.Second
	c.Runner.Ready = "log:^listening"
	c.Runner.ReadyTimeout = 1500 * time.Millisecond
	c.Runner.MaxPluginLoads = 7
	c.Bus = fleet.Config{
		Listen: "127.0.0.1:4222", Credentials: "agent.creds", CA: "ca.pem", Certificate: "c.pem", Key: "k.pem",
		Plain: true, Project: "shop", Rollout: "all", Ready: time.Second,
	}
	c.UI.Editor = "code --goto {file}:{line}"
	c.UI.Keys = map[string]string{"rebuild": "ctrl+r f5"}
	return c
}

func TestBindEveryKey(t *testing.T) {
	l := mustLoadText(t, everyKey)
	if diff := cmp.Diff(everyKeyConfig(), l.Config); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for key, want := range map[string]string{
		"watch.include":             ":3",
		"watch.exclude":             ":5",
		"build.env":                 ":24",
		"build.env.CGO_ENABLED":     ":24",
		"build.generate":            ":30",
		"build.generate[0].match":   ":27",
		"build.generate[1].command": ":31",
		"runner.env.PORT":           ":36",
		`runner.env."with.dot"`:     ":36",
		"runner.stop_timeout":       ":42",
	} {
		if got := l.Origins[key]; got != FileName+want {
			t.Errorf("%s comes from %q; want line %s", key, got, want)
		}
	}
}

// TestBindNotations checks that every notation of TOML gives the same config.
func TestBindNotations(t *testing.T) {
	want := Default()
	want.Watch.Quiet = time.Second
	want.Runner.Env = map[string]string{"A": "1", "B": "2"}
	for _, text := range []string{
		"[watch]\nquiet='1s'\n[runner.env]\nA='1'\nB='2'",
		"watch.quiet='1s'\nrunner.env.A='1'\nrunner.env.B='2'",
		"watch = { quiet = '1s' }\nrunner = { env = { A = '1', B = '2' } }",
		"watch = { quiet = '1s' }\nrunner = { env.A = '1', env.B = '2' }",
		"'watch' . \"quiet\" = '''1s'''\n[ runner . 'env' ]\nA = \"\"\"\\\n  1\"\"\"\nB = \"\\u0032\"",
		"[runner]\nenv.A='1'\nenv.B='2'\n[watch]\nquiet='1s'",
	} {
		if diff := cmp.Diff(want, mustLoadText(t, text).Config); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestBindSignals(t *testing.T) {
	for _, name := range signals() {
		for _, written := range []string{name, strings.TrimPrefix(name, "SIG")} {
			l := mustLoadText(t, "runner.stop_signal = '"+written+"'")
			if got := l.Config.Runner.StopSignal; got != name {
				t.Errorf("%s is taken as %s; want %s", written, got, name)
			}
		}
	}
}

// goodItem is three lines of a list of tables.
const goodItem = "[[build.generate]]\nmatch = ['x']\ncommand = ['y']\n"

// fileErrors are files with the one error that each is to give.
var fileErrors = []struct{ name, text, want string }{
	// Unknown keys and tables.
	{"unknown key", "[watch]\n\nquite = '1s'", `3:1: unknown key "watch.quite"; did you mean "watch.quiet"?`},
	{"unknown dotted key", "  watch.quite = 1", `1:3: unknown key "watch.quite"; did you mean "watch.quiet"?`},
	{"two brokers", "[bus]\nlisten = '127.0.0.1:4222'\nurl = 'nats://b'", `2:1: bus.listen and bus.url exclude each other: hotreload starts a broker, or uses yours; remove one`},
	{"a token in the config", "[bus]\nurl = 'tls://secret@nats.example.com'", `2:1: bus.url has a token or a password in it, for all to see; set the variable HOTRELOAD_TOKEN, or bus.credentials`},
	{"a server without encryption", "[bus]\nurl = 'nats://nats.example.com'", `2:1: bus.url leads to another machine, without encryption; write tls://, or, if the network is trusted, set plain = true`},
	{"not a server", "[bus]\nurl = 'example.com'", `2:1: bus.url is not the address of a NATS server; write for example "tls://nats.example.com:4222"`},
	{"open to the network", "[bus]\nlisten = '0.0.0.0:4222'", `2:1: bus.listen is open to other machines, and the broker would talk to them without encryption; set certificate and key, or, if the network is trusted, plain = true`},
	{"no address of a broker", "[bus]\nlisten = '4222'", `2:1: bus.listen is not an address; write for example "127.0.0.1:4222"`},
	{"no port of a broker", "[bus]\nlisten = '127.0.0.1:99999'", `2:1: bus.listen is not an address; write for example "127.0.0.1:4222"`},
	{"unknown rollout", "[bus]\nrollout = 'slow'", `2:1: bus.rollout is neither "canary" nor "all"`},
	{"no address for the proxy", "[runner]\nhandover = 'proxy'", `2:1: runner.handover is "proxy", but the proxy has no address; set one: listen = ":8080" under [proxy]`},
	{"target of no proxy", "[proxy]\ntarget = ':1'", `2:1: proxy.target has no effect, because the proxy has no address; set one: listen = ":8080" under [proxy]`},
	{"PORT twice", "proxy.listen = ':80'\nrunner.env.PORT = '3000'", `2:1: runner.env.PORT is set by the proxy, to another port for each version; remove it, or say under [proxy] that the app always listens there: target = "127.0.0.1:3000"`},
	{"no address", "[proxy]\nlisten = '8080'", `2:1: proxy.listen: "8080" is not an address; write for example ":8080", or "0.0.0.0:8080" to be reachable from the network`},
	{"the same address", "[proxy]\nlisten = ':8080'\ntarget = 'localhost:8080'", `3:1: proxy.target: "localhost:8080" is where the proxy itself listens; the app needs another port`},
	{"half a certificate", "[proxy]\nlisten = ':8080'\ncertificate = 'c.pem'", `3:1: proxy.certificate: needs its key, in proxy.key`},
	{"unknown handover", "runner.handover = 'magic'", `1:19: runner.handover: "magic" is not a handover strategy; write auto, restart, socket, proxy or inject`},
	{"a unix socket", "runner.listen = ['unix:/run/app.sock']", `1:18: runner.listen: "unix:/run/app.sock" names no TCP port, and hotreload binds nothing else; write for example ":8080", and leave a unix socket to the app`},
	{"no port", "runner.listen = ['web=:99999']", `1:18: runner.listen: "web=:99999" names no TCP port, and hotreload binds nothing else; write for example ":8080", and leave a unix socket to the app`},
	{"no address", "runner.listen = [':8080', '8080']", `1:27: runner.listen: "8080" is not an address; write for example ":8080", "localhost:8080" or "web=:8080"`},
	{"colon in a name", "runner.listen = ['a:b=:8080']", `1:18: runner.listen: "a:b=:8080" has a colon in its name; remove it`},
	{"ready by what", "runner.ready = 'healthz'", `1:16: runner.ready: "healthz" does not say when the app is ready; write "", "http://localhost:8080/healthz" or "log:REGEX"`},
	{"ready at no port", "runner.ready = 'http://localhost:99999/'", `1:16: runner.ready: "http://localhost:99999/" does not say when the app is ready; write "", "http://localhost:8080/healthz" or "log:REGEX"`},
	{"ready by a bad pattern", "runner.ready = 'log:('", "1:16: runner.ready: \"log:(\" is not a valid pattern: error parsing regexp: missing closing ): `(`"},
	{"unknown key, inline", "watch = { quite = 1 }", `1:11: unknown key "watch.quite"; did you mean "watch.quiet"?`},
	{"case matters", "[watch]\nQuiet = '1s'", `2:1: unknown key "watch.Quiet"; did you mean "watch.quiet"?`},
	{"letters in the wrong order", "[runner]\nagrs = []", `2:1: unknown key "runner.agrs"; did you mean "runner.args"?`},
	{"hyphen", "[runner]\nstop-timeout = '1s'", `2:1: unknown key "runner.stop-timeout"; did you mean "runner.stop_timeout"?`},
	{"key without its table", "quiet = '1s'", `1:1: unknown key "quiet"; did you mean "watch.quiet"?`},
	{"key in the wrong table", "[build]\nargs = []", `2:1: unknown key "build.args"; did you mean "runner.args"?`},
	{"key of two tables", "env = 1", `1:1: unknown key "env"; did you mean [build.env] or [runner.env]?`},
	{"nearest in the table itself", "[runner]\nenvs = 1", `2:1: unknown key "runner.envs"; did you mean [runner.env]?`},
	{"slip in the table", "wach.quiet = 1", `1:1: unknown key "wach.quiet"; did you mean "watch.quiet"?`},
	{"nothing near", "[watch]\nxylophone = 1", `2:1: unknown key "watch.xylophone"; the keys of [watch] are include, browser, exclude, gitignore, quiet, poll, extra`},
	{"nothing near at the top", "verbose = 1", `1:1: unknown key "verbose"; the tables are [watch], [build], [runner], [proxy], [bus], [ui]`},
	{"unknown table", "[deploy]\nlisten = 1", `1:2: unknown table [deploy]; the tables are [watch], [build], [runner], [proxy], [bus], [ui]`},
	{"slip in a header", "[ wach ]", `1:3: unknown table [wach]; did you mean [watch]?`},
	{"slip in an inline table", "wach = {}", `1:1: unknown key "wach"; did you mean [watch]?`},
	{"map without its table", "[env]", `1:2: unknown table [env]; did you mean [build.env] or [runner.env]?`},
	{"unknown list of tables", "[[build.service]]", `1:3: unknown table [[build.service]]; the keys of [build] are package, flags, tags, race, debug, direct, shared, env, command, output, generate, plugin`},
	{"slip in a list of tables", "[[build.genrate]]", `1:3: unknown table [[build.genrate]]; did you mean [[build.generate]]?`},
	{"unknown key in the second table", goodItem + "[[build.generate]]\nmatch = ['a']\n  comand = ['b']", `6:3: unknown key "build.generate.comand"; did you mean "build.generate.command"?`},
	{"unknown key in an inline table of a list", "build.generate = [{ match = ['a'], run = ['b'] }]", `1:36: unknown key "build.generate.run"; the keys of [[build.generate]] are match, command`},
	{"table below a list of tables", goodItem + "[build.generate.env]", `4:2: unknown table [build.generate.env]; did you mean [build.env] or [runner.env]?`},

	// Lists of tables.
	{"one table for a list", "[build.generate]", `1:2: build.generate is a list of tables; write [[build.generate]] for each`},
	{"key of no table", "[build]\ngenerate.match = ['a']", `2:1: build.generate.match is a key of a table in a list; write [[build.generate]] above it`},
	{"key of an inline table for a list", "build.generate = { match = ['a'] }", `1:18: build.generate: a table is not a list of tables; write [{ … }, { … }]`},
	{"string in a list of tables", "build.generate = [\n 'make' ]", `2:2: build.generate: "make" is not a table; write { match = …, command = … }`},
	{"wrong type in the second table", goodItem + "[[build.generate]]\nmatch = 'a'", `5:9: build.generate.match: "a" is not a list of globs; write ["a"]`},
	{"bad glob in the second table", goodItem + "[[build.generate]]\nmatch = ['a', '[b']", `5:15: build.generate.match: "[b" is not a glob; close every [ and {, and put \ before one that is meant literally`},
	{"no match", goodItem + "[[build.generate]]\ncommand = ['a']", `4:3: this [[build.generate]] has no match; name the files that it reads, for example match = ["**/*.templ"]`},
	{"empty match", "[[build.generate]]\nmatch = []\ncommand = ['a']", `2:1: this [[build.generate]] has no match; name the files that it reads, for example match = ["**/*.templ"]`},
	{"no command", "build = { generate = [{ match = ['a'] }] }", `1:23: this [[build.generate]] has no command; say what to run, for example command = ["templ", "generate"]`},
	{"plugin without package", "[[build.plugin]]", `1:3: this [[build.plugin]] has no package; name a package main with a func New, for example package = "./plugins/greet"`},
	{"plugin of a command", "build.command = ['make']\nbuild.output = 'app'\n[[build.plugin]]\npackage = './p'", `4:1: this [[build.plugin]] does not work with build.command: the app and its plugins must be built the same way; remove one of them`},
	{"plugin that is no text", "[[build.plugin]]\npackage = ['./p']", `2:11: build.plugin.package: a list is not a string; write text in quotes`},
	{"negative count of loads", "runner.max_plugin_loads = -1", `1:1: runner.max_plugin_loads is negative; write 0 to start a new process for each version`},
	{"generator without program", goodItem + "[[build.generate]]\nmatch = ['a']\ncommand = ['']", `6:1: this [[build.generate]] has a command without a program; write for example command = ["templ", "generate"]`},
	{"quoted dot", "'watch.quiet' = 1", `1:1: unknown key "watch.quiet"; write it without the quotes: watch.quiet`},
	{"strange key", `"\u0007\n" = 1`, `1:1: unknown key "\u0007\n"; the tables are [watch], [build], [runner], [proxy], [bus], [ui]`},

	// Wrong types.
	{"string for boolean", "watch.gitignore = 'yes'", `1:19: watch.gitignore: "yes" is not a boolean; write true or false`},
	{"number for duration", "[runner]\nstop_timeout = 5", `2:16: runner.stop_timeout: 5 is not a duration; write for example "5s" or "300ms"`},
	{"date for duration", "watch.quiet = 1979-05-27", `1:15: watch.quiet: 1979-05-27 is not a duration; write for example "5s" or "300ms"`},
	{"string for list", "watch.include = '*.html'", `1:17: watch.include: "*.html" is not a list of globs; write ["*.html"]`},
	{"number for list", "runner.args = 1", `1:15: runner.args: 1 is not a list of strings; write for example ["a", "b"]`},
	{"number in a list", "build.tags = [\n'a',\n 1.5]", `3:2: build.tags: 1.5 is not a string; write "1.5"`},
	{"list in a list", "build.tags = [ [1] ]", `1:14: build.tags: a list is not a string; write text in quotes`},
	{"list for string", "runner.dir = \t[]", `1:15: runner.dir: a list is not a string; write text in quotes`},
	{"boolean for string", "runner.dir = true", `1:14: runner.dir: true is not a string; write "true"`},
	{"number for table", "watch = 3", `1:9: watch: 3 is not a table; set its keys, such as watch.include`},
	{"list for table", "watch = []", `1:9: watch: a list is not a table; set its keys, such as watch.include`},
	{"list for map", "build.env = ['A=B']", `1:13: build.env: a list is not a table of strings; write { NAME = "value" }`},
	{"number in a map", "[runner.env]\nPORT = 8080", `2:8: runner.env.PORT: 8080 is not a string; write "8080"`},
	{"number in an inline map", "runner.env = { A = '', B = 0x1F }", `1:28: runner.env.B: 0x1F is not a string; write "0x1F"`},
	{"table for key", "[watch.quiet]", `1:2: watch.quiet: a table is not a duration; write for example "5s" or "300ms"`},
	{"inline table for key", "watch.quiet = { a = 1 }", `1:15: watch.quiet: a table is not a duration; write for example "5s" or "300ms"`},
	{"dotted below a key", "watch.quiet.a = 1", `1:1: watch.quiet: a table is not a duration; write for example "5s" or "300ms"`},
	{"table in a map", "[runner.env.A]", `1:2: runner.env.A: a table is not a string; write text in quotes`},
	{"dotted in a map", "runner.env.A.B = ''", `1:1: runner.env.A: a table is not a string; write text in quotes`},
	{"tables for table", "[[watch]]", `1:3: there is only one table watch; write [watch]`},
	{"tables for map", "[[runner.env]]", `1:3: there is only one table runner.env; write [runner.env]`},

	// Bad values.
	{"duration with a space", "[runner]\n\n\nstop_timeout = \"5 sec\"", `4:16: runner.stop_timeout: "5 sec" is not a duration; write for example "5s" or "300ms"`},
	{"duration without unit", "watch.quiet = '30'", `1:15: watch.quiet: "30" is not a duration; write for example "5s" or "300ms"`},
	{"negative duration", "watch.quiet = '-1s'", `1:15: watch.quiet: "-1s" is negative; write for example "5s" or "300ms"`},
	{"duration out of range", "watch.quiet = '9999999h'", `1:15: watch.quiet: "9999999h" is not a duration; write for example "5s" or "300ms"`},
	{"no stop timeout", "runner.stop_timeout = '0s'", `1:23: runner.stop_timeout: "0s" is too short; write for example "5s" or "300ms"`},
	{"no ready timeout", "runner.ready_timeout = '0'", `1:24: runner.ready_timeout: "0" is too short; write for example "5s" or "300ms"`},
	{"bad way to poll", "watch.poll = 'sometimes'", `1:14: watch.poll: "sometimes" is not a way to poll; write "auto", "off", or an interval of at least 10ms such as "2s"`},
	{"number for a way to poll", "watch.poll = 2", `1:14: watch.poll: 2 is not a string; write "2"`},
	{"bad glob", "watch.include = ['ok', '[a']", `1:24: watch.include: "[a" is not a glob; close every [ and {, and put \ before one that is meant literally`},
	{"bad glob in exclude", "[watch]\nexclude = [\n  '*.{a'\n]", `3:3: watch.exclude: "*.{a" is not a glob; close every [ and {, and put \ before one that is meant literally`},
	{"empty glob", "watch.exclude = ['']", `1:18: watch.exclude: an empty glob matches nothing; write for example "**/*.html", or [] for none`},
	{"bad signal", "runner.stop_signal = 'term'", `1:22: runner.stop_signal: "term" is not a signal that stops an app; write one of SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGKILL`},
	{"signal twice SIG", "runner.stop_signal = 'SIGSIGTERM'", `1:22: runner.stop_signal: "SIGSIGTERM" is not a signal that stops an app; write one of SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGKILL`},
	{"bad variable", "runner.env = { 'A=B' = '' }", `1:16: runner.env."A=B": "A=B" is not a valid variable name; write one such as PORT`},
	{"no variable", "[build.env]\n'' = ''", `2:1: build.env."": "" is not a valid variable name; write one such as PORT`},
	{"NUL", `runner.dir = "a\u0000"`, `1:14: runner.dir: "a\u0000" contains a NUL character; remove it`},
	{"NUL in a list", `runner.args = ["a\u0000"]`, `1:16: runner.args: "a\u0000" contains a NUL character; remove it`},
	{"NUL in a map", `runner.env.A = "a\u0000"`, `1:16: runner.env.A: "a\u0000" contains a NUL character; remove it`},
	{"long value", "watch.quiet = '" + strings.Repeat("é", 100) + "'", `1:15: watch.quiet: "` + strings.Repeat("é", 60) + `…" is not a duration; write for example "5s" or "300ms"`},

	// Keys that go together.
	{"command alone", "[build]\nrace = true\ncommand = ['make']", `3:1: build.command needs build.output; set it to the executable that the command writes`},
	{"output alone", "[build]\noutput = 'app'", `2:1: build.output has no effect without build.command; set the command that writes it, or remove output`},
	{"output with an empty command", "build.command = []\nbuild.output = 'app'", `2:1: build.output has no effect without build.command; set the command that writes it, or remove output`},
	{"command without program", "build.command = ['']\nbuild.output = 'app'", `1:1: build.command has no program; write for example ["make", "app"]`},

	// Not TOML.
	{"not TOML", "what", `1:4: not valid TOML: expected '=' after key`},
	{"no quotes", "[watch]\nquiet = 30ms # soon", `2:11: not valid TOML: strings must be quoted; text goes in plain quotes: quiet = "30ms"`},
	{"curly quotes", "[watch]\nquiet = “30ms”", `2:9: not valid TOML: unexpected character U+00E2 'â' at start of value; text goes in plain quotes: quiet = "30ms"`},
	{"capital boolean", "watch.gitignore = False", `1:19: not valid TOML: unexpected character U+0046 'F' at start of value; write false`},
	{"no quotes, dotted", "runner.dir = var/run", `1:14: not valid TOML: unexpected character U+0076 'v' at start of value; text goes in plain quotes: runner.dir = "var/run"`},
	{"slip in a quoted key", "\"\tP=J", `1:5: not valid TOML: unterminated basic string`},
	{"strange key twice", "\"\\u001b\" = 1\n\"\\u001b\" = 1", "2:1: not valid TOML: key \ufffd is already defined; keep one of the two"},
	{"open header", "\n[watch", `2:6: not valid TOML: expected ']' to close table name`},
	{"key twice", "[watch]\nquiet = '1s'\nquiet = '2s'", `3:1: not valid TOML: key quiet is already defined; keep one of the two`},
	{"table twice", "[watch]\n[build]\n[watch]", `3:2: not valid TOML: table watch already exists; keep one of the two`},
	{"table and inline table", "watch = {}\n[watch]", `2:2: not valid TOML: key watch should be a table, not a value`},
	{"number too large", "a = 9223372036854775808", `1:5: not valid TOML: decimal number is too large to fit in a 64-bit signed integer`},
	{"bare carriage return", "# a\rb", `1:4: not valid TOML: carriage returns are not allowed in comments`},

	// Not text.
	{"not UTF-8", "# \xff", `1:3: the byte 0xff is not UTF-8 text; save the file as UTF-8`},
	{"not UTF-8, further down", "[watch]\r\ninclude = ['\xe9']", `2:13: the byte 0xe9 is not UTF-8 text; save the file as UTF-8`},
	{"UTF-16", "\xff\xfe[\x00", `1:1: this is UTF-16 text; save the file as UTF-8`},
	{"error after a byte order mark", "\ufeffquite = 1", `1:1: unknown key "quite"; did you mean "watch.quiet"?`},
	{"error after CRLF", "[watch]\r\nquite = 1\r\n", `2:1: unknown key "watch.quite"; did you mean "watch.quiet"?`},

	// The first of several is told.
	{"first error", "watch.quiet = 1\nbuild.race = 1\nno = 1", `1:15: watch.quiet: 1 is not a duration; write for example "5s" or "300ms"`},
}

func TestFileErrors(t *testing.T) {
	for _, tt := range fileErrors {
		t.Run(tt.name, func(t *testing.T) {
			_, err := loadText(t, tt.text)
			got := asError(t, err)
			if want := FileName + ":" + tt.want; got.Error() != want {
				t.Errorf("in %q\n got %s\nwant %s", tt.text, got, want)
			}
			if got.File != FileName || got.Set != "" {
				t.Errorf("error is about file %q, flag %q; want the file alone", got.File, got.Set)
			}
		})
	}
}

func TestErrorKey(t *testing.T) {
	for text, want := range map[string]string{
		"watch.quite = 1":            "watch.quite",
		"[deploy]":                   "deploy",
		"watch.quiet = 1":            "watch.quiet",
		"runner.env.A = 1":           "runner.env.A",
		"build.output = 'x'":         "build.output",
		"watch.quiet=1\nwatch.quiet": "",
	} {
		_, err := loadText(t, text)
		if got := asError(t, err).Key; got != want {
			t.Errorf("%q: the error's key is %q; want %q", text, got, want)
		}
	}
}

// TestBindTables checks that a list of tables can be written in either notation.
func TestBindTables(t *testing.T) {
	want := Default()
	want.Build.Generate = []build.Generator{
		{Match: []string{"a"}, Command: []string{"b"}}, {Match: []string{"c"}, Command: []string{"d", "e"}},
	}
	for _, text := range []string{
		"[[build.generate]]\nmatch=['a']\ncommand=['b']\n[[build.generate]]\nmatch=['c']\ncommand=['d','e']\n[build]\ntags=[]",
		"build.generate=[{match=['a'],command=['b']},{match=['c'],command=['d','e']}]",
		"[build]\ngenerate=[\n{ match=['a'], command=['b'] }, # first\n { command=['d','e'], match=['c'] },\n]",
		"build={generate=[{match=['a'],command=['b']},{match=['c'],command=['d','e']}]}",
	} {
		if diff := cmp.Diff(want, mustLoadText(t, text).Config); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestBindIntegers tests a type that few keys have.
func TestBindIntegers(t *testing.T) {
	type table struct {
		Max int `toml:"max"`
	}
	type file struct {
		T table `toml:"t"`
	}
	bind := func(text string) (int, string) {
		var f file
		src := fileSource("f", []byte(text))
		statements, err := parse(src, []byte(text))
		if err == nil {
			err = newBinder(&f).bind(src, statements)
		}
		if err != nil {
			return 0, err.Error()
		}
		return f.T.Max, ""
	}
	for text, want := range map[string]int{"t.max = 50": 50, "t.max = -1_000": -1000, "t.max = 0xFf": 255, "t.max = +0": 0, "t.max = 0o17": 15} {
		if got, problem := bind(text); got != want || problem != "" {
			t.Errorf("%s gives %d, %q; want %d", text, got, problem, want)
		}
	}
	want := `f:1:9: t.max: "5" is not an integer; write a whole number, such as 3`
	if _, got := bind("t.max = '5'"); got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}
