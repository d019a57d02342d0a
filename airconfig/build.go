package airconfig

import (
	"fmt"
	"path"
	"strings"
)

// defaultCmd is what air builds with when nothing else is said.
const defaultCmd = "go build -o ./tmp/main ."

// build takes over the commands that air runs for each build. The go build
// becomes settings, what runs before it generators. A build that is more than
// that stays a command.
func (c *converter) build() {
	for _, pre := range c.air.Build.PreCmd {
		steps, ok := c.line(pre)
		if !ok {
			steps = []step{{text: pre, opaque: true}}
		}
		if len(steps) > 0 && !c.tests {
			c.generator(steps)
		}
	}
	c.carried("build.pre_cmd", "build.cmd")
	cmd := c.air.Build.Cmd
	if cmd == "" {
		cmd = defaultCmd
	}
	if c.tests {
		c.lost("build.cmd", "there is no app to build for")
		c.lost("build.pre_cmd", "there is no app to build for")
		return
	}
	if c.goRuns {
		c.lost("build.cmd", "air runs the app by a go run of its own, so the package of that is built; what else this does, a [[build.generate]] table can do")
		return
	}
	steps, ok := c.line(cmd)
	if !ok {
		c.ownCommand(cmd, nil)
		return
	}
	p := plan{env: map[string]string{}}
	p.read(steps, c.binary)
	switch {
	case p.goStep == nil:
		c.ownCommand(cmd, steps)
	case p.run:
		c.plainBuild(p)
		c.out.Config.Runner.Args = append(c.out.Config.Runner.Args, p.build.args...)
		if bin := c.air.Build.Bin; bin != "" {
			c.out.Unneeded = append(c.out.Unneeded, left("build.bin", show(bin), "cmd is a go run, which never ends: air never came to start this"))
		}
	case p.odd || !p.known():
		c.oddBuild(cmd, p, steps)
	default:
		c.plainBuild(p)
		if p.output != "" && !same(p.output, c.binary) {
			c.note("build.bin", show(c.binary), fmt.Sprintf("cmd does not write this, but %s; hotreload runs what it builds of %s. If another command has to build it, set build.command and build.output",
				p.output, c.out.Config.Build.Package))
		}
	}
}

// plan is what the steps of a build come to.
type plan struct {
	before  []step
	env     map[string]string
	dir     word // of the go build
	goStep  *step
	run     bool // it is a go run
	build   goBuild
	output  string // where the executable is in the end
	odd     bool   // there is more to it than a go build can say
	strange []word
}

// read finds the go build that makes the binary, and what is around it.
func (p *plan) read(steps []step, binary string) {
	at := -1
	for i, s := range steps {
		if isGo(s, "build") && (at < 0 || writes(s, binary)) {
			at = i
		}
	}
	if last := len(steps) - 1; at < 0 && last >= 0 && isGo(steps[last], "run") {
		at, p.run = last, true
	}
	if at < 0 {
		return
	}
	p.dir = word{fields: []string{""}, known: true}
	for _, s := range steps[:at] {
		p.ahead(s)
	}
	s := steps[at]
	p.goStep, p.odd = &s, p.odd || s.extra != ""
	p.variables(s.vars)
	p.build = parseGoBuild(s.words[2:], p.run)
	if p.build.chdir != "" {
		p.dir.fields[0] = path.Join(p.dir.fields[0], p.build.chdir)
	}
	p.output = p.build.output
	if p.output != "" {
		p.output = path.Join(p.dir.fields[0], p.output)
	}
	for _, s := range steps[at+1:] {
		p.behind(s)
	}
}

// ahead reads a step before the go build.
func (p *plan) ahead(s step) {
	switch {
	case len(s.words) == 2 && s.words[0].is("cd") && s.extra == "":
		p.dir = word{s.words[1].text, []string{path.Join(p.dir.fields[0], s.words[1].value())}, s.words[1].known}
	case len(s.words) == 0 && !s.opaque && s.extra == "":
		p.variables(s.vars)
	case len(s.words) > 1 && s.words[0].is("export") && s.extra == "":
		for _, w := range s.words[1:] {
			name, value, _ := strings.Cut(w.value(), "=")
			p.variables([]variable{{name, word{w.text, []string{value}, w.known}}})
		}
	case len(s.words) > 0 && s.words[0].is("echo", "clear"), len(s.words) > 1 && s.words[0].is("mkdir"):
	default:
		if p.dir.fields[0] != "" { // a generator runs in the project's root
			s = step{text: "cd " + p.dir.fields[0] + " && " + s.text, opaque: true, words: s.words}
		}
		p.before = append(p.before, s)
	}
}

// behind reads a step after the go build. Moving the result only changes where
// it is; anything else makes it another.
func (p *plan) behind(s step) {
	fields, ok := s.simple()
	switch {
	case ok && len(fields) == 3 && (fields[0] == "mv" || fields[0] == "cp") && same(path.Join(p.dir.fields[0], fields[1]), p.output):
		to := path.Join(p.dir.fields[0], fields[2])
		if strings.HasSuffix(fields[2], "/") {
			to = path.Join(to, path.Base(p.output))
		}
		p.output = to
	case ok && (fields[0] == "chmod" || fields[0] == "echo"):
	default:
		p.odd = true
	}
}

func (p *plan) variables(vars []variable) {
	for _, v := range vars {
		if v.value.known && v.name != "" {
			p.env[v.name] = v.value.value()
		} else {
			p.strange = append(p.strange, word{text: v.name + "=" + v.value.text})
		}
	}
}

// known reports whether the package can be told from the text.
func (p *plan) known() bool { return p.dir.known && p.build.pkg.known }

// plainBuild takes over a go build, and what runs before it.
func (c *converter) plainBuild(p plan) {
	if len(p.before) > 0 {
		c.generator(p.before)
	}
	for name, value := range p.env {
		c.setBuildEnv(name, value)
	}
	c.takeGoBuild("build.cmd", p.build, p.dir.fields[0])
	for _, w := range p.strange {
		c.note("build.cmd", show(w.text), "it is known only when a shell runs it; set it in hotreload's own environment, or write what it comes to into build.env")
	}
	if p.output != "" && same(p.output, c.binary) {
		c.out.Unneeded = append(c.out.Unneeded, left("build.cmd", "-o "+p.output,
			"executables are kept in the user's cache directory; nothing is written into the project"))
	}
	if dir := p.dir.fields[0]; dir != "" && !p.run {
		c.note("build.cmd", show("cd "+dir), fmt.Sprintf("if %s is a module of its own and in no go.work, start hotreload there (hotreload -C %s), or join them: go work init . ./%s", dir, dir, dir))
	}
}

// takeGoBuild takes over the flags and the package of a go build.
func (c *converter) takeGoBuild(key string, b goBuild, dir string) {
	to := &c.out.Config.Build
	to.Package = b.in(dir)
	to.Flags, to.Tags, to.Race = b.flags, b.tags, b.race
	to.Debug = to.Debug || b.debug
	for _, w := range b.unknown {
		c.note(key, show(w.text), "it is known only when a shell runs it, and a value that differs each time would make every build another one; leave it out while developing, or write build.command = [\"sh\", \"-c\", …] with build.output")
	}
}

func (c *converter) setBuildEnv(name, value string) {
	if c.out.Config.Build.Env == nil {
		c.out.Config.Build.Env = map[string]string{}
	}
	c.out.Config.Build.Env[name] = value
}

// oddBuild keeps a build as it is, that has a go build in it with more than
// settings can say. The package, if it can be told, says what to watch.
func (c *converter) oddBuild(cmd string, p plan, steps []step) {
	pkg := p.build.in(p.dir.fields[0])
	c.ownCommand(cmd, steps)
	if p.known() {
		c.out.Config.Build.Package = pkg
		return
	}
	c.note("build.cmd", show(pkg), fmt.Sprintf("the package depends on a variable. Import once for each value, with the variable set: %s=… hotreload init --from-air=%s --force; or keep build.command, which needs it set, and set build.package",
		firstVariable(pkg), c.out.From))
}

// firstVariable is the name of the first shell variable in a text.
func firstVariable(text string) string {
	_, after, _ := strings.Cut(text, "$")
	after = strings.TrimPrefix(after, "{")
	end := strings.IndexFunc(after, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if end <= 0 {
		return "NAME"
	}
	return after[:end]
}

// ownCommand makes build.command of a line.
func (c *converter) ownCommand(cmd string, steps []step) {
	to := &c.out.Config.Build
	if c.binary == "" {
		c.note("build.cmd", show(cmd), "where its executable lies is not known; set build.command and build.output")
		return
	}
	to.Command = []string{"sh", "-c", strings.TrimSpace(cmd)}
	if steps == nil {
		steps, _ = c.line(cmd)
	}
	if len(steps) == 1 {
		to.Command = command(steps)
	}
	to.Output = c.binary
	if _, chosen := c.values["build.include_ext"]; chosen && !c.silent("build.include_ext", c.values["build.include_ext"]) {
		c.lost("build.include_ext", "a change of a file that is no Go source starts the app anew without running build.command. If the command reads such files, let a [[build.generate]] table match them, or type hotreload send rebuild")
	}
	to.Flags, to.Tags, to.Race, to.Env = nil, nil, false, nil
}

// isGo tells a step that is `go verb`.
func isGo(s step, verb string) bool {
	return !s.opaque && len(s.words) > 1 && s.words[0].is("go", "go.exe") && s.words[1].is(verb)
}

// writes reports whether a go build writes the binary, as far as its name tells.
func writes(s step, binary string) bool {
	out := parseGoBuild(s.words[2:], false).output
	return out != "" && path.Base(trimExe(out)) == path.Base(trimExe(binary))
}

// same compares paths, but for the ending that Windows wants.
func same(a, b string) bool {
	return trimExe(path.Clean(a)) == trimExe(path.Clean(b))
}

func trimExe(name string) string { return strings.TrimSuffix(name, ".exe") }
