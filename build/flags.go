package build

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

// withoutDWARF returns the user's flags with -ldflags=-w among them, which
// takes a quarter off every build, or with others of the linker's. Go lets the
// last -ldflags win, also over the ones in GOFLAGS, so the user's are joined to
// ours and not replaced.
func withoutDWARF(c Config, ours string) []string {
	flags := slices.Clone(c.Flags)
	if c.Debug {
		return flags
	}
	for i, flag := range flags {
		if !isLdflags(flag) {
			continue
		}
		if flag = strings.TrimPrefix(flag, "-"); !strings.Contains(flag, "=") { // -ldflags, then its value
			if i+1 < len(flags) {
				flags[i+1] = joinLdflags(ours, flags[i+1])
			}
			return flags
		}
		name, value, _ := strings.Cut(flag, "=")
		flags[i] = "-" + name + "=" + joinLdflags(ours, value)
		return flags
	}
	goflags := goflags(c)
	if strings.Contains(goflags, "-ldflags") && strings.ContainsAny(goflags, `'"`) {
		return flags // quoted: better their own than half of them
	}
	for _, flag := range strings.Fields(goflags) {
		if isLdflags(flag) {
			_, value, _ := strings.Cut(flag, "=")
			return append([]string{"-ldflags=" + joinLdflags(ours, value)}, flags...)
		}
	}
	return append([]string{"-ldflags=" + ours}, flags...)
}

// goflags is the GOFLAGS of the build.
func goflags(c Config) string {
	if value, ok := c.Env["GOFLAGS"]; ok {
		return value
	}
	return os.Getenv("GOFLAGS")
}

// buildTags are the tags of the build, wherever they are set: in the config or
// in goflags, what go env says of GOFLAGS. Go lets the last -tags win, and the
// config's come last.
func buildTags(c Config, goflags string) []string {
	var tags []string
	race := c.Race
	flags := append(strings.Fields(goflags), c.Flags...)
	for i, flag := range flags {
		flag = strings.Trim(flag, `'"`) // as GOFLAGS may have them
		name, value, joined := strings.Cut(strings.Replace(flag, "--", "-", 1), "=")
		switch {
		case name == "-race":
			race = value != "false"
		case name == "-tags" && !joined && i+1 < len(flags):
			value = flags[i+1]
			fallthrough
		case name == "-tags":
			tags = splitTags(value)
		}
	}
	if len(c.Tags) > 0 {
		tags = slices.Clone(c.Tags)
	}
	if race {
		tags = append(tags, "race")
	}
	return tags
}

func splitTags(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func isLdflags(flag string) bool {
	name, _, _ := strings.Cut(flag, "=")
	return name == "-ldflags" || name == "--ldflags"
}

// patterned matches a value that is for some packages only: "pattern=flags".
var patterned = regexp.MustCompile(`^[^-\s][^\s=]*=`)

// joinLdflags adds ours to a value of -ldflags, after its package pattern if it has one.
func joinLdflags(ours, value string) string {
	value = strings.TrimSpace(value)
	pattern := patterned.FindString(value)
	return pattern + strings.TrimSpace(ours+" "+value[len(pattern):])
}
