package airimport

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// run carries over the command that starts the app: its environment, arguments and
// directory. Air passes all of it to a shell as one line.
func (c *converter) run() {
	c.out.Config.Runner.EnvFiles = c.air.EnvFiles
	c.carried("env_files")
	key, text := c.runLine()
	c.runKey = key
	c.carried("build.args_bin", key)
	text += strings.Join(append([]string{""}, c.air.Build.ArgsBin...), " ")
	steps, ok := c.line(strings.TrimLeft(text, "; "))
	if !ok || len(steps) == 0 {
		c.note(key, show(text), "not a shell command that hotreload understands; set runner.args and runner.env yourself")
		return
	}
	steps = c.withoutKills(key, steps)
	at := c.appAt(key, steps)
	if at.step < 0 {
		c.noApp(key, strings.TrimSpace(text), steps)
		return
	}
	for _, s := range steps[:at.step] {
		c.before(key, s)
	}
	c.app(key, steps[at.step], at)
	for _, s := range steps[at.step+1:] {
		c.note(key, show(s.text), "air runs this after the app exits; hotreload reports the exit and restarts the app at the next change")
	}
}

// runLine is what air runs, without args_bin.
func (c *converter) runLine() (key, text string) {
	b := c.air.Build
	if b.FullBin != "" {
		c.unneeded("build.bin", "full_bin replaces it")
		c.unneeded("build.entrypoint", "full_bin replaces it")
		return "build.full_bin", b.FullBin
	}
	if words := entry(b.Entrypoint); len(words) > 0 {
		c.unneeded("build.bin", "entrypoint replaces it")
		return "build.entrypoint", strings.Join(words, " ")
	}
	if b.Bin != "" {
		return "build.bin", b.Bin
	}
	return "build.bin", "./" + defaultBinary
}

// entry are the words of an entrypoint.
func entry(value any) (words []string) {
	switch entry := value.(type) {
	case string:
		if entry != "" {
			words = append(words, entry)
		}
	case []any:
		for _, word := range entry {
			words = append(words, fmt.Sprint(word))
		}
	}
	return words
}

// noApp says that a command starts nothing that is built. What the build writes is run.
func (c *converter) noApp(key, text string, steps []step) {
	if b := c.air.Build.Bin; b != "" {
		c.binary = c.place("", b)
	} else if built := c.built(); len(built) > 0 {
		c.binary = built[len(built)-1]
	}
	if slices.ContainsFunc(steps, func(s step) bool { return s.opaque }) {
		c.note(key, show(text), "not a command that hotreload understands; set runner.args and runner.env yourself")
		return
	}
	c.note(key, show(text), "this runs no app: none of its words is the executable that the build writes. hotreload runs what it builds; set runner.args, and runner.wrap if a command must start it")
}

// envFile matches the name of a file of variables in a shell command.
var envFile = regexp.MustCompile(`[\w./-]*\.env[\w.-]*`)

// before carries over a step before the app that sets its environment or directory.
func (c *converter) before(key string, s step) {
	name := ""
	if len(s.words) > 0 {
		name = s.words[0].value()
	}
	switch {
	case s.opaque:
	case name == "" && s.extra == "":
		c.variables(key, s.vars)
		return
	case name == "set" || name == ":":
		return
	case name == "cd" && len(s.words) == 2 && s.words[1].known:
		c.out.Config.Runner.Dir = c.place(c.out.Config.Runner.Dir, s.words[1].value())
		return
	case (name == "." || name == "source") && len(s.words) == 2 && s.words[1].known:
		c.readsEnvFile(s.words[1].value())
		return
	case name == "export":
		c.exports(key, s.words[1:])
		return
	}
	c.note(key, show(s.text), "air runs this before the app; run it before hotreload, or in the app")
}

// exports carries over the words after `export`.
func (c *converter) exports(key string, words []word) {
	for _, w := range words {
		name, value, ok := strings.Cut(w.value(), "=")
		switch file := envFile.FindString(w.text); {
		case w.known && ok && name != "":
			c.setenv(name, value)
		case w.known: // only a name: it is in the environment already
		case file != "":
			c.readsEnvFile(file)
		default:
			c.note(key, show(w.text), "its value is known only at run time; set runner.env, or an env file in runner.env_files")
		}
	}
}

func (c *converter) readsEnvFile(name string) {
	name = c.place(c.out.Config.Runner.Dir, name)
	if files := &c.out.Config.Runner.EnvFiles; !slices.Contains(*files, name) {
		*files = append(*files, name)
	}
}

func (c *converter) setenv(name, value string) {
	if c.out.Config.Runner.Env == nil {
		c.out.Config.Runner.Env = map[string]string{}
	}
	c.out.Config.Runner.Env[name] = value
}

func (c *converter) variables(key string, vars []variable) {
	for _, v := range vars {
		if v.value.known {
			c.setenv(v.name, v.value.value())
			continue
		}
		c.note(key, show(v.name+"="+v.value.text), "its value is known only at run time; set it in the environment of hotreload, or in an env file")
	}
}

// app carries over the command of the app itself.
func (c *converter) app(key string, s step, at found) {
	c.variables(key, s.vars)
	if s.extra != "" {
		c.note(key, show(strings.TrimSpace(s.extra)), "the app's output passes through unchanged; append this to the hotreload command")
	}
	words, prefix := s.words[at.word:], s.words[:at.word]
	builds := false // dlv builds a package
	if i := debuggerIn(prefix); i >= 0 {
		builds = slices.ContainsFunc(prefix[i:], func(w word) bool { return w.is("debug") })
		words = c.debugger(key, prefix[i:], words)
		prefix = prefix[:i]
	}
	c.wrap(prefix)
	switch {
	case builds:
		c.goRun(key, words)
		return
	case words[0].is("go") && len(words) > 1 && words[1].is("test", "vet"):
		c.tests = true
		c.note(key, show(s.text), "this runs tests, not an app. hotreload runs an app: name its package in build.package, or run the tests with go test")
		return
	case words[0].is("go") && len(words) > 1 && words[1].is("run"):
		c.goRun(key, words[2:])
		return
	}
	c.binary = c.place(c.out.Config.Runner.Dir, words[0].value())
	for _, w := range words[1:] {
		if !w.known {
			c.note(key, show(w.text), "its value is known only at run time; write the value into runner.args")
			continue
		}
		c.out.Config.Runner.Args = append(c.out.Config.Runner.Args, w.fields...)
	}
}

// wrap carries over what stands before the app. Where a word of it is known only at run
// time, a shell finds its value.
func (c *converter) wrap(prefix []word) {
	for len(prefix) > 0 && prefix[0].is(aside...) {
		prefix = prefix[1:]
	}
	if len(prefix) == 0 {
		return
	}
	fields, known := args(prefix)
	if !known {
		var texts []string
		for _, w := range prefix {
			texts = append(texts, w.text)
		}
		fields = []string{"sh", "-c", "exec " + strings.Join(texts, " ") + ` "$@"`, "sh"}
	}
	c.out.Config.Runner.Wrap = fields
}

// goRun carries over a `go run`: the package, and arguments for the app.
func (c *converter) goRun(key string, words []word) {
	b := parseGoBuild(words, true)
	c.goRuns = true
	c.takeGoBuild(key, b, c.out.Config.Runner.Dir)
	c.out.Config.Runner.Args = append(c.out.Config.Runner.Args, b.args...)
}

// debugger carries over that the app, in words, is run under Delve. It returns the app
// and its arguments.
func (c *converter) debugger(key string, delve, words []word) []word {
	c.out.Config.Build.Debug = true
	app := words[:1]
	rest := words[1:]
	texts := []string{}
	for _, w := range append(slices.Clone(delve), app...) {
		texts = append(texts, w.text)
	}
	for len(rest) > 0 {
		w := rest[0]
		rest = rest[1:]
		if w.is("--") {
			break
		}
		texts = append(texts, w.text)
	}
	c.note(key, show(strings.Join(texts, " ")), "hotreload does not run the app under a debugger; attach one with: dlv attach PID. build.debug keeps what it needs")
	return append(slices.Clone(app), rest...)
}

// place is a path relative to the directory dir, as one relative to where air was
// started. What lies elsewhere stays absolute.
func (c *converter) place(dir, name string) string {
	joined := path.Join(dir, name)
	if path.IsAbs(name) {
		joined = path.Clean(name)
	}
	if rest, ok := strings.CutPrefix(joined+"/", strings.TrimSuffix(c.dir, "/")+"/"); ok && path.IsAbs(c.dir) {
		return path.Clean("./" + rest)
	}
	return joined
}
