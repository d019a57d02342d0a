package airimport

import (
	"fmt"
	"strings"
)

// defaultCmd is what air builds with when nothing else is said.
const defaultCmd = "go build -o ./tmp/main ."

// defaultBinary is what that writes, and air starts.
const defaultBinary = "tmp/main"

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

// plainBuild takes over a go build, and what runs before it.
func (c *converter) plainBuild(p plan) {
	if len(p.before) > 0 {
		c.generator(p.before)
	}
	for name, value := range p.env {
		c.setBuildEnv(name, value)
	}
	c.takeGoBuild("build.cmd", p.build, p.dir)
	for _, w := range p.unknown {
		c.note("build.cmd", show(w.text), "it is known only when a shell runs it; set it in hotreload's own environment, or write what it comes to into build.env")
	}
	for _, text := range p.idle {
		c.out.Unneeded = append(c.out.Unneeded, left("build.cmd", show(text), "it makes no difference to what is built"))
	}
	if p.output != "" && same(p.output, c.binary) {
		c.out.Unneeded = append(c.out.Unneeded, left("build.cmd", "-o "+p.output,
			"executables are kept in the user's cache directory; nothing is written into the project"))
	}
	if dir := p.dir; dir != "" && !p.run {
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
	pkg := p.build.in(p.dir)
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
