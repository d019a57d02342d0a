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
	if len(c.air.EnvFiles) > 0 {
		c.out.Config.Runner.EnvFiles = c.air.EnvFiles
		c.carried("env_files")
	}
	key, text := c.runLine()
	c.carried("build.args_bin", key)
	text += strings.Join(append([]string{""}, c.air.Build.ArgsBin...), " ")
	steps, ok := c.line(strings.TrimLeft(text, "; "))
	if !ok || len(steps) == 0 {
		c.note(key, show(text), "not a shell command that hotreload understands; set runner.args and runner.env yourself")
		return
	}
	at := appStep(steps)
	for _, s := range steps[:at] {
		c.before(key, s)
	}
	c.app(key, steps[at])
	for _, s := range steps[at+1:] {
		c.note(key, show(s.text), "air runs this after the app exits; hotreload reports the exit and restarts the app at the next change")
	}
}

// appStep is the step that runs the app: the last one whose program is given by its
// path, else the last one.
func appStep(steps []step) int {
	for i := len(steps) - 1; i >= 0; i-- {
		for _, w := range steps[i].words {
			if value := w.value(); strings.Contains(value, "/") && !envFile.MatchString(w.text) && !steps[i].words[0].is("cd") {
				return i
			} else if !w.is("exec", "nohup", "time", "dlv") {
				break
			}
		}
	}
	return len(steps) - 1
}

// runLine is what air runs, without args_bin.
func (c *converter) runLine() (key, text string) {
	b := c.air.Build
	if b.FullBin != "" {
		c.unneeded("build.bin", "full_bin replaces it")
		c.unneeded("build.entrypoint", "full_bin replaces it")
		return "build.full_bin", b.FullBin
	}
	var words []string
	switch entry := b.Entrypoint.(type) {
	case string:
		words = append(words, entry)
	case []any:
		for _, word := range entry {
			words = append(words, fmt.Sprint(word))
		}
	}
	if len(words) > 0 {
		c.unneeded("build.bin", "entrypoint replaces it")
		return "build.entrypoint", strings.Join(words, " ")
	}
	if b.Bin != "" {
		return "build.bin", b.Bin
	}
	return "build.bin", "./tmp/main"
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
		c.out.Config.Runner.Dir = path.Join(c.out.Config.Runner.Dir, s.words[1].value())
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
	name = path.Clean(name)
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
func (c *converter) app(key string, s step) {
	if s.opaque || len(s.words) == 0 {
		c.note(key, show(s.text), "not a command that hotreload understands; set runner.args and runner.env yourself")
		return
	}
	c.variables(key, s.vars)
	if s.extra != "" {
		c.note(key, show(strings.TrimSpace(s.extra)), "the app's output passes through unchanged; append this to the hotreload command")
	}
	words := s.words
	for len(words) > 1 && words[0].is("exec", "nohup", "time") {
		words = words[1:]
	}
	if words[0].is("dlv") {
		words = c.debugger(key, words)
	}
	fields, _ := args(words)
	switch {
	case words[0].is("go") && len(words) > 1 && words[1].is("test", "vet"):
		c.tests = true
		c.note(key, show(s.text), "this runs tests, not an app. hotreload runs an app: name its package in build.package, or run the tests with go test")
		return
	case words[0].is("go") && len(words) > 1 && words[1].is("run"):
		c.goRun(key, words[2:])
		return
	}
	if len(fields) == 0 {
		return
	}
	c.binary = path.Join(c.out.Config.Runner.Dir, fields[0])
	if path.IsAbs(fields[0]) {
		c.binary = path.Clean(fields[0])
	}
	for _, w := range words[1:] {
		if !w.known {
			c.note(key, show(w.text), "its value is known only at run time; write the value into runner.args")
			continue
		}
		c.out.Config.Runner.Args = append(c.out.Config.Runner.Args, w.fields...)
	}
}

// goRun carries over a `go run`: the package, and arguments for the app.
func (c *converter) goRun(key string, words []word) {
	b := parseGoBuild(words, true)
	c.goRuns = true
	c.takeGoBuild(key, b, c.out.Config.Runner.Dir)
	c.out.Config.Runner.Args = append(c.out.Config.Runner.Args, b.args...)
}

// debugger extracts the app from a command that runs it under Delve.
func (c *converter) debugger(key string, words []word) []word {
	c.out.Config.Build.Debug = true
	texts := []string{}
	var app []word
	for i, w := range words {
		if w.is("--") {
			app = append(app, words[i+1:]...)
			break
		}
		texts = append(texts, w.text)
		if i == 2 && words[1].is("exec") {
			app = append(app, w)
		}
	}
	c.note(key, show(strings.Join(texts, " ")), "hotreload does not run the app under a debugger; attach one with: dlv attach PID. build.debug keeps what it needs")
	if len(app) == 0 || !words[1].is("exec") {
		app = append([]word{{text: "./tmp/main", fields: []string{"./tmp/main"}, known: true}}, app...)
	}
	return app
}
