package config

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/bmatcuk/doublestar/v4"

	"hotreload/ui/editor"
	"hotreload/ui/keys"
	"hotreload/watch"
)

// The checks here answer with what is wrong, and what to write instead, or
// with nothing.

const durationAdvice = `write for example "5s" or "300ms"`

func parseDuration(key, text string) (time.Duration, string) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Sprintf("%s is not a duration; %s", quote(shorten(text)), durationAdvice)
	case d < 0:
		return 0, fmt.Sprintf("%s is negative; %s", quote(shorten(text)), durationAdvice)
	// No quiet window is a choice: each change is a batch. No timeout at all
	// would fail every time.
	case d == 0 && key != "watch.quiet":
		return 0, fmt.Sprintf("%s leaves no time; %s", quote(shorten(text)), durationAdvice)
	}
	return d, ""
}

// parseText checks a string, and brings it into the form the rest relies on.
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
	case "ui.editor":
		return text, cmp.Or(checkText(text), editor.Check(text))
	}
	return text, checkText(text)
}

func checkHandover(text string) string {
	switch text {
	case "auto", "restart", "socket", "proxy", "inject":
		return ""
	}
	return quote(shorten(text)) + " is no way to hand over; write auto, restart, socket, proxy or inject"
}

const readyAdvice = `write "", "http://localhost:8080/healthz" or "log:REGEX"`

func checkReady(text string) string {
	pattern, isLog := strings.CutPrefix(text, "log:")
	if isLog {
		if _, err := regexp.Compile(pattern); err != nil {
			return quote(shorten(text)) + " has no regular expression in it: " + err.Error()
		}
		return checkText(text)
	}
	if text == "" {
		return ""
	}
	if u, err := url.Parse(text); err != nil || u.Scheme != "http" || u.Host == "" {
		return quote(shorten(text)) + " is nothing to tell by that the app is ready; " + readyAdvice
	}
	return checkText(text)
}

// checkListen is for an entry of runner.listen: ADDRESS or NAME=ADDRESS.
func checkListen(text string) string {
	name, address, named := strings.Cut(text, "=")
	if !named {
		name, address = "", text
	}
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil || port == "" || strings.ContainsAny(host, "/ "):
		return quote(shorten(text)) + ` is not an address; write for example ":8080", "localhost:8080" or "web=:8080"`
	case strings.Contains(name, ":"):
		return quote(shorten(text)) + " has a colon in its name; take it out"
	}
	return checkText(text)
}

// signals are those that can ask an app to stop.
func signals() []string {
	return []string{"SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGKILL"}
}

func parseSignal(text string) (string, string) {
	name := "SIG" + strings.TrimPrefix(text, "SIG")
	if !slices.Contains(signals(), name) {
		return "", fmt.Sprintf("%s is not a signal to stop an app with; write one of %s",
			quote(shorten(text)), strings.Join(signals(), ", "))
	}
	return name, ""
}

// checkText refuses what no path, argument or variable can hold.
func checkText(text string) string {
	if strings.ContainsRune(text, 0) {
		return quote(shorten(text)) + " holds a NUL character; take it out"
	}
	return ""
}

func checkGlob(pattern string) string {
	switch {
	case pattern == "":
		return `an empty glob matches nothing; write for example "**/*.html", or [] for none`
	case !doublestar.ValidatePattern(pattern):
		return quote(shorten(pattern)) + ` is not a glob; close every [ and {, and put \ before one that stands for itself`
	}
	return checkText(pattern)
}

// checkVariable is for names of environment variables.
func checkVariable(name string) string {
	if name == "" || strings.ContainsAny(name, "=\x00") {
		return quote(shorten(name)) + " cannot be the name of a variable; write one such as PORT"
	}
	return ""
}

// checkPair is for a variable and its value.
func checkPair(name, value string) (ofName, ofValue string) {
	return checkVariable(name), checkText(value)
}

// checkBinding is for an action of the screen and its keys.
func checkBinding(action, bound string) (ofAction, ofKeys string) {
	if slices.Contains(keys.Names(), action) {
		return "", keys.CheckKeys(bound)
	}
	near := slices.MinFunc(keys.Names(), func(a, b string) int {
		return levenshtein.ComputeDistance(action, a) - levenshtein.ComputeDistance(action, b)
	})
	advice := "did you mean " + near + "?"
	if levenshtein.ComputeDistance(action, near) > (len(action)+1)/3 {
		advice = "the names are " + strings.Join(keys.Names(), ", ")
	}
	return "is nothing that can be done on the screen; " + advice, ""
}

// crossCheck is for what keys have to do with each other, once all are set.
func (b *binder) crossCheck(c Config) *Error {
	command, output := c.Build.Command, c.Build.Output
	action, doubled := keys.CheckAll(c.UI.Keys)
	switch {
	case doubled != "":
		return b.badKey("ui.keys."+action, doubled)
	case len(command) > 0 && command[0] == "":
		return b.badKey("build.command", `names no program; write for example ["make", "app"]`)
	case len(command) > 0 && output == "":
		return b.badKey("build.command", "needs build.output; set that to the executable the command writes")
	case c.Runner.MaxPluginLoads < 0:
		return b.badKey("runner.max_plugin_loads", "is negative; write 0 for a new process with each version")
	case len(command) == 0 && output != "":
		return b.badKey("build.output", "is only for build.command; set that to the command that writes it, or remove output")
	}
	if err := b.crossCheckProxy(c); err != nil {
		return err
	}
	for i, p := range c.Build.Plugin {
		item := fmt.Sprintf("build.plugin[%d]", i)
		switch {
		case p.Package == "":
			return b.badItem(item, "package", `lacks package; write a package main with func New, for example package = "./plugins/greet"`)
		case len(command) > 0:
			return b.badItem(item, "package", "cannot be built with build.command: an app and its plugins have to be built alike; remove one of them")
		}
	}
	for i, g := range c.Build.Generate {
		item := fmt.Sprintf("build.generate[%d]", i)
		switch {
		case len(g.Match) == 0:
			return b.badItem(item, "match", `lacks match; write which files it reads, for example match = ["**/*.templ"]`)
		case len(g.Command) == 0:
			return b.badItem(item, "command", `lacks command; write what to run, for example command = ["templ", "generate"]`)
		case g.Command[0] == "":
			return b.badItem(item, "command", `has a command that names no program; write for example command = ["templ", "generate"]`)
		}
	}
	return nil
}

// crossCheckProxy is for the front door, and for what the app is told of it.
func (b *binder) crossCheckProxy(c Config) *Error {
	_, givesPort := c.Runner.Env["PORT"]
	switch {
	case c.Runner.Handover == "proxy" && c.Proxy.Listen == "":
		return b.badKey("runner.handover", `is "proxy", and no front door is open; say where clients find it: listen = ":8080" under [proxy]`)
	case c.Proxy.Target != "" && c.Proxy.Listen == "":
		return b.badKey("proxy.target", `is for the front door, and none is open; say where clients find it: listen = ":8080" under [proxy]`)
	case givesPort && c.Proxy.Listen != "" && c.Proxy.Target == "":
		return b.badKey("runner.env.PORT", fmt.Sprintf("is what the front door gives the app, another one to each version; remove it, "+
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

// badItem is an error about a key of a table in a list, at the key if it is
// there and else at the table.
func (b *binder) badItem(item, key, problem string) *Error {
	m, there := b.marks[item+"."+key]
	if !there {
		m = b.marks[item]
	}
	list, _, _ := strings.Cut(item, "[")
	return m.src.errorAt(m.offset, list+"."+key, "this [["+list+"]] "+problem)
}

// badKey is an error at a key that a source has set.
func (b *binder) badKey(key, problem string) *Error {
	m := b.marks[key]
	return m.src.errorAt(m.offset, key, key+" "+problem)
}
