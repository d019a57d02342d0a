package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
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
	case "runner.handover":
		return text, checkHandover(text)
	case "runner.ready":
		return text, checkReady(text)
	}
	return text, checkText(text)
}

func checkHandover(text string) string {
	switch text {
	case "auto", "restart", "socket":
		return ""
	case "proxy", "inject":
		return quote(text) + " is not there yet; write auto, restart or socket"
	}
	return quote(shorten(text)) + " is no way to hand over; write auto, restart or socket"
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

// crossCheck is for what keys have to do with each other, once all are set.
func (b *binder) crossCheck(c Config) *Error {
	command, output := c.Build.Command, c.Build.Output
	switch {
	case len(command) > 0 && command[0] == "":
		return b.badKey("build.command", `names no program; write for example ["make", "app"]`)
	case len(command) > 0 && output == "":
		return b.badKey("build.command", "needs build.output; set that to the executable the command writes")
	case len(command) == 0 && output != "":
		return b.badKey("build.output", "is only for build.command; set that to the command that writes it, or remove output")
	}
	return nil
}

// badKey is an error at a key that a source has set.
func (b *binder) badKey(key, problem string) *Error {
	m := b.marks[key]
	return m.src.errorAt(m.offset, key, key+" "+problem)
}
