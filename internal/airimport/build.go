package airimport

import (
	"fmt"
	"strings"
)

// defaultCmd is air's default for build.cmd.
const defaultCmd = "go build -o ./tmp/main ."

// defaultBinary is what defaultCmd writes and air starts.
const defaultBinary = "tmp/main"

// build carries over the commands that air runs for each build. The go build becomes
// settings, the commands before it generators. Any other build stays a command.
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
		c.lost("build.cmd", "air runs the app with go run, so that package is built; use a [[build.generate]] table for anything else that this command does")
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
			c.out.Unneeded = append(c.out.Unneeded, left("build.bin", show(bin), "cmd is a go run, which does not end, so air never starts this"))
		}
	case p.odd || !p.known():
		c.oddBuild(cmd, p, steps)
	default:
		c.plainBuild(p)
		if p.output != "" && !same(p.output, c.binary) {
			c.note("build.bin", show(c.binary), fmt.Sprintf("cmd writes %s instead of this; hotreload builds and runs %s. If another command must build it, set build.command and build.output",
				p.output, c.out.Config.Build.Package))
		}
	}
}

// plainBuild carries over a go build, and the commands before it.
func (c *converter) plainBuild(p plan) {
	if len(p.before) > 0 {
		c.generator(p.before)
	}
	for name, value := range p.env {
		c.setBuildEnv(name, value)
	}
	c.takeGoBuild("build.cmd", p.build, p.dir)
	for _, w := range p.unknown {
		c.note("build.cmd", show(w.text), "its value is known only at run time; set it in the environment of hotreload, or set its value in build.env")
	}
	for _, text := range p.idle {
		c.out.Unneeded = append(c.out.Unneeded, left("build.cmd", show(text), "it has no effect on the result"))
	}
	if p.output != "" && same(p.output, c.binary) {
		c.out.Unneeded = append(c.out.Unneeded, left("build.cmd", "-o "+p.output,
			"executables go to the user's cache directory, not into the project"))
	}
	if dir := p.dir; dir != "" && !p.run {
		c.note("build.cmd", show("cd "+dir), fmt.Sprintf("if %s is a separate module and no go.work contains it, start hotreload there (hotreload -C %s), or run: go work init . ./%s", dir, dir, dir))
	}
}

// takeGoBuild carries over the flags and the package of a go build.
func (c *converter) takeGoBuild(key string, b goBuild, dir string) {
	to := &c.out.Config.Build
	to.Package = b.in(dir)
	to.Flags, to.Tags, to.Race = b.flags, b.tags, b.race
	to.Debug = to.Debug || b.debug
	for _, w := range b.unknown {
		c.note(key, show(w.text), "its value is known only at run time, and a value that always changes would make every build differ; omit it during development, or write build.command = [\"sh\", \"-c\", …] with build.output")
	}
}

func (c *converter) setBuildEnv(name, value string) {
	if c.out.Config.Build.Env == nil {
		c.out.Config.Build.Env = map[string]string{}
	}
	c.out.Config.Build.Env[name] = value
}

// oddBuild keeps a build as a command because settings cannot express all of it. The
// package, if it is known, says what to watch.
func (c *converter) oddBuild(cmd string, p plan, steps []step) {
	pkg := p.build.in(p.dir)
	c.ownCommand(cmd, steps)
	if p.known() {
		c.out.Config.Build.Package = pkg
		return
	}
	c.note("build.cmd", show(pkg), fmt.Sprintf("the package depends on a variable. Import again for each value, with the variable set: %s=… hotreload init --from-air=%s --force; or keep build.command, which needs the variable, and set build.package",
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

// ownCommand turns a line into build.command.
func (c *converter) ownCommand(cmd string, steps []step) {
	to := &c.out.Config.Build
	if c.binary == "" {
		c.note("build.cmd", show(cmd), "the path of its executable is unknown; set build.command and build.output")
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
		c.lost("build.include_ext", "a change of a file other than Go source restarts the app without running build.command. If the command reads such files, match them in a [[build.generate]] table, or run hotreload send rebuild")
	}
	to.Flags, to.Tags, to.Race, to.Env = nil, nil, false, nil
}
