package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/bmatcuk/doublestar/v4"

	"hotreload/ui/keys"
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
	if key == "runner.stop_signal" {
		return parseSignal(text)
	}
	return text, checkText(text)
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
