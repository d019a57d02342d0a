package airimport

import (
	"fmt"
	"path"
	"slices"
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
		if !c.tests {
			c.preCmd(pre)
		}
	}
	c.carried("build.pre_cmd", "build.cmd")
	cmd := c.air.Build.Cmd
	if cmd == "" {
		cmd = defaultCmd
	}
	c.out.Build = show(cmd)
	if c.tests {
		c.lost("build.cmd", "there is no app to build for")
		c.lost("build.pre_cmd", "there is no app to build for")
		return
	}
	if c.goRuns {
		c.lost("build.cmd", "air runs the app with go run, so that package is built; use a [[build.generate]] table for anything else that this command does")
		return
	}
	all, ok := c.line(cmd)
	if !ok {
		c.ownCommand(cmd, nil)
		return
	}
	steps := c.withoutKills("build.cmd", all)
	if len(steps) < len(all) {
		cmd = joined(steps)
	}
	p := plan{env: map[string]string{}, place: c.place}
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
			c.note(c.runKey, c.runs(), fmt.Sprintf("cmd writes %s instead of this; hotreload builds and runs package %s. If another command must build it, set build.command and build.output",
				p.output, c.out.Config.Build.Package))
		}
	}
}

// preCmd carries over a command of pre_cmd.
func (c *converter) preCmd(pre string) {
	all, ok := c.line(pre)
	if !ok {
		all = []step{{text: pre, opaque: true}}
	}
	steps := slices.DeleteFunc(c.withoutKills("build.pre_cmd", all), isIdle)
	if len(steps) > 0 {
		c.generator(steps)
	} else if !c.known["build.pre_cmd"] {
		c.out.Unneeded = append(c.out.Unneeded, left("build.pre_cmd", show(pre), "it has no effect on the result"))
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
	if dir := p.dir; path.IsAbs(dir) {
		c.note("build.cmd", show("cd "+dir), fmt.Sprintf("it is an absolute path, taken as it is. If %s is this directory under another name, such as in a container, set build.package without it", dir))
	} else if dir != "" && dir != "." && !p.run {
		c.note("build.cmd", show("cd "+dir), fmt.Sprintf("if %s is a separate module and no go.work contains it, start hotreload there (hotreload -C %s), or run: go work init . ./%s", dir, dir, dir))
	}
}

// takeGoBuild carries over the flags and the package of a go build.
func (c *converter) takeGoBuild(key string, b goBuild, dir string) {
	to := &c.out.Config.Build
	to.Package = b.in(c.place, dir)
	to.Flags, to.Tags, to.Race = b.flags, b.tags, b.race
	to.Debug = to.Debug || b.debug
	for _, w := range b.unknown {
		if strings.HasPrefix(w.text, "$") {
			c.note(key, show(w.text), fmt.Sprintf("this variable is not set here, so a shell reads no flags from it. If air was run with it, import again with its value: %s=… hotreload init --from-air=%s --force", firstVariable(w.text), c.out.From))
			continue
		}
		c.note(key, show(w.text), "its value is known only at run time, and a value that always changes would make every build differ; omit it during development, or write build.command = [\"sh\", \"-c\", …] with build.output")
	}
}

// runs is what air runs, as its config has it.
func (c *converter) runs() string {
	if value, set := c.values[c.runKey]; set {
		return show(value)
	}
	return show(c.binary)
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
	pkg := p.build.in(c.place, p.dir)
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
