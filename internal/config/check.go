package config

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotreload/internal/glob"
	"hotreload/watch"
)

// The checks in this file say what is wrong and what to write instead. An empty
// answer means that nothing is wrong.

const durationAdvice = `write for example "5s" or "300ms"`

func parseDuration(key, text string) (time.Duration, string) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Sprintf("%s is not a duration; %s", quote(shorten(text)), durationAdvice)
	case d < 0:
		return 0, fmt.Sprintf("%s is negative; %s", quote(shorten(text)), durationAdvice)
	// Without a quiet window each change is a batch, which is a choice. A timeout
	// of zero would always expire.
	case d == 0 && key != "watch.quiet":
		return 0, fmt.Sprintf("%s is too short; %s", quote(shorten(text)), durationAdvice)
	}
	return d, ""
}

// parseText checks a string and brings it into its canonical form.
func parseText(key, text string) (string, string) {
	switch key {
	case "runner.stop_signal":
		return parseSignal(text)
	case "watch.poll":
		return text, watch.CheckPoll(text)
	case "runner.handover":
		return text, checkHandover(text)
	case "runner.ready":
		return text, checkReady(text)
	}
	return text, checkText(text)
}

func checkHandover(text string) string {
	switch text {
	case "auto", "restart", "socket", "proxy", "inject":
		return ""
	}
	return quote(shorten(text)) + " is not a handover strategy; write auto, restart, socket, proxy or inject"
}

const readyAdvice = `write "", "http://localhost:8080/healthz" or "log:REGEX"`

func checkReady(text string) string {
	pattern, isLog := strings.CutPrefix(text, "log:")
	if isLog {
		if _, err := regexp.Compile(pattern); err != nil {
			return quote(shorten(text)) + " is not a valid pattern: " + err.Error()
		}
		return checkText(text)
	}
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" || u.Host == "" || u.Port() != "" && !isPort(u.Port()) {
		return quote(shorten(text)) + " does not say when the app is ready; " + readyAdvice
	}
	return checkText(text)
}

// checkListen checks an entry of runner.listen: ADDRESS or NAME=ADDRESS.
func checkListen(text string) string {
	name, address, named := strings.Cut(text, "=")
	if !named {
		name, address = "", text
	}
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil || port == "" || strings.ContainsAny(host, "/ "):
		return quote(shorten(text)) + ` is not an address; write for example ":8080", "localhost:8080" or "web=:8080"`
	case !isPort(port):
		return fmt.Sprintf("%s names no TCP port, and hotreload binds nothing else; write for example \":8080\", and leave a unix socket to the app", quote(shorten(text)))
	case strings.Contains(name, ":"):
		return quote(shorten(text)) + " has a colon in its name; remove it"
	}
	return checkText(text)
}

// signals are those that can stop an app.
func signals() []string {
	return []string{"SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGKILL"}
}

// isPort reports whether a port has a number that can be bound, or a name that may have one.
func isPort(port string) bool {
	if _, err := strconv.ParseUint(port, 10, 16); err == nil {
		return true
	}
	return portName.MatchString(port)
}

// portName matches names of services, such as http.
var portName = regexp.MustCompile(`^[\w-]*[A-Za-z][\w-]*$`)

func parseSignal(text string) (string, string) {
	name := "SIG" + strings.TrimPrefix(text, "SIG")
	if !slices.Contains(signals(), name) {
		return "", fmt.Sprintf("%s is not a signal that stops an app; write one of %s",
			quote(shorten(text)), strings.Join(signals(), ", "))
	}
	return name, ""
}

// checkText rejects what no path, argument or variable can contain.
func checkText(text string) string {
	if strings.ContainsRune(text, 0) {
		return quote(shorten(text)) + " contains a NUL character; remove it"
	}
	return ""
}

func checkGlob(pattern string) string {
	if pattern == "" {
		return `an empty glob matches nothing; write for example "**/*.html", or [] for none`
	}
	if err := glob.Check(pattern); err != nil {
		return quote(shorten(pattern)) + " " + err.Error()
	}
	return checkText(pattern)
}

// checkName checks the name of an entry of n. Those of [ui.keys] are for the
// screen to judge; all others are environment variables.
func checkName(n *node, name string) string {
	if n.path == "ui.keys" {
		return checkText(name)
	}
	if name == "" || strings.ContainsAny(name, "=\x00") {
		return quote(shorten(name)) + " is not a valid variable name; write one such as PORT"
	}
	return ""
}

// crossCheck checks keys that depend on each other, once all are set.
func (b *binder) crossCheck(c Config) *Error {
	command, output := c.Build.Command, c.Build.Output
	switch {
	case len(command) > 0 && command[0] == "":
		return b.badKey("build.command", `has no program; write for example ["make", "app"]`)
	case len(command) > 0 && output == "":
		return b.badKey("build.command", "needs build.output; set it to the executable that the command writes")
	case len(c.Runner.Wrap) > 0 && c.Runner.Wrap[0] == "":
		return b.badKey("runner.wrap", `has no program; write for example ["doppler", "run", "--"]`)
	case c.Runner.MaxPluginLoads < 0:
		return b.badKey("runner.max_plugin_loads", "is negative; write 0 to start a new process for each version")
	case len(command) == 0 && output != "":
		return b.badKey("build.output", "has no effect without build.command; set the command that writes it, or remove output")
	}
	if err := cmp.Or(b.crossCheckProxy(c), b.crossCheckBus(c)); err != nil {
		return err
	}
	for i, p := range c.Build.Plugin {
		item := fmt.Sprintf("build.plugin[%d]", i)
		switch {
		case p.Package == "":
			return b.badItem(item, "package", `has no package; name a package main with a func New, for example package = "./plugins/greet"`)
		case len(command) > 0:
			return b.badItem(item, "package", "does not work with build.command: the app and its plugins must be built the same way; remove one of them")
		}
	}
	for i, g := range c.Build.Generate {
		item := fmt.Sprintf("build.generate[%d]", i)
		switch {
		case len(g.Match) == 0:
			return b.badItem(item, "match", `has no match; name the files that it reads, for example match = ["**/*.templ"]`)
		case len(g.Command) == 0:
			return b.badItem(item, "command", `has no command; say what to run, for example command = ["templ", "generate"]`)
		case g.Command[0] == "":
			return b.badItem(item, "command", `has a command without a program; write for example command = ["templ", "generate"]`)
		}
	}
	return nil
}

// crossCheckBus checks the bus.
func (b *binder) crossCheckBus(c Config) *Error {
	key, problem := c.Bus.Check()
	if problem == "" {
		return nil
	}
	return b.badKey(key, strings.TrimPrefix(problem, key+" "))
}

// crossCheckProxy checks the proxy, and what the app learns of it.
func (b *binder) crossCheckProxy(c Config) *Error {
	_, givesPort := c.Runner.Env["PORT"]
	switch {
	case c.Runner.Handover == "proxy" && c.Proxy.Listen == "":
		return b.badKey("runner.handover", `is "proxy", but the proxy has no address; set one: listen = ":8080" under [proxy]`)
	case c.Proxy.Target != "" && c.Proxy.Listen == "":
		return b.badKey("proxy.target", `has no effect, because the proxy has no address; set one: listen = ":8080" under [proxy]`)
	case givesPort && c.Proxy.Listen != "" && c.Proxy.Target == "":
		return b.badKey("runner.env.PORT", fmt.Sprintf("is set by the proxy, to another port for each version; remove it, "+
			`or say under [proxy] that the app always listens there: target = %q`, "127.0.0.1:"+c.Runner.Env["PORT"]))
	}
	if c.Proxy.Listen == "" {
		return nil
	}
	if key, problem := c.Proxy.Check(); problem != "" {
		m := b.marks[key]
		return m.src.badValue(m.offset, key, problem)
	}
	return nil
}

// badItem is an error about a key of a table in a list: at the key or, if it is
// missing, at the table.
func (b *binder) badItem(item, key, problem string) *Error {
	m, there := b.marks[item+"."+key]
	if !there {
		m = b.marks[item]
	}
	list, _, _ := strings.Cut(item, "[")
	return m.src.errorAt(m.offset, list+"."+key, "this [["+list+"]] "+problem)
}

// badKey is an error at a key that a source sets.
func (b *binder) badKey(key, problem string) *Error {
	m := b.marks[key]
	return m.src.errorAt(m.offset, key, key+" "+problem)
}
