package gocmd

import (
	"regexp"
	"slices"
	"strings"
)

// Options are what decides the flags and the environment of a build.
type Options struct {
	Flags   []string // the user's, as they are
	Tags    []string
	Race    bool
	Debug   bool // keep DWARF, and do not optimise
	Env     map[string]string
	Plugins []string // packages that the app loads as plugins

	Command []string // builds the app in place of go build, so its flags need not be those above
	Output  string   // the executable that Command writes
}

// BuildFlags are those of go build. An app and its plugins differ only in the linker's.
func (o Options) BuildFlags(ldflags string) []string {
	args := []string{"-buildvcs=false"}
	if len(o.Plugins) > 0 && !o.setsProfile() {
		args = append(args, "-pgo=off") // the app's own profile is not that of its plugins
	}
	args = append(args, o.withLdflags(ldflags)...)
	if o.Race {
		args = append(args, "-race")
	}
	if len(o.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(o.Tags, ","))
	}
	if o.Debug {
		args = append(args, "-gcflags=all=-N -l")
	}
	return args
}

// LoadFlags are those that decide which files belong to a package.
func (o Options) LoadFlags() []string {
	flags := slices.Clone(o.Flags)
	if o.Race {
		flags = append(flags, "-race")
	}
	if len(o.Tags) > 0 {
		flags = append(flags, "-tags="+strings.Join(o.Tags, ","))
	}
	return flags
}

// withLdflags returns the user's flags with flags of ours for the linker, such
// as -w, which takes a quarter off every build. The last -ldflags wins, also over
// the ones in GOFLAGS, so ours are joined to the user's instead of replacing them.
func (o Options) withLdflags(ours string) []string {
	flags := slices.Clone(o.Flags)
	if o.Debug {
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
	goflags := o.GOFLAGS()
	if strings.Contains(goflags, "-ldflags") && strings.ContainsAny(goflags, `'"`) {
		return flags // quoted: keep all of them rather than half of one
	}
	for _, flag := range strings.Fields(goflags) {
		if isLdflags(flag) {
			_, value, _ := strings.Cut(flag, "=")
			return append([]string{"-ldflags=" + joinLdflags(ours, value)}, flags...)
		}
	}
	return append([]string{"-ldflags=" + ours}, flags...)
}

// GOFLAGS are the flags that the go command adds to those of a build: of the variable in the
// environment of the build, or written by go env -w.
func (o Options) GOFLAGS() string { return Setting(o.Env, "GOFLAGS") }

// BuildTags are the tags of the build, whether the options set them or goflags,
// which is GOFLAGS as go env prints it. The last -tags wins, and Tags comes last.
func (o Options) BuildTags(goflags string) []string {
	var tags []string
	race := o.Race
	flags := append(strings.Fields(goflags), o.Flags...)
	for i, flag := range flags {
		flag = strings.Trim(flag, `'"`) // as GOFLAGS may have them
		name, value, joined := strings.Cut(strings.Replace(flag, "--", "-", 1), "=")
		switch {
		case name == "-race":
			race = value != "false"
		case name == "-tags" && !joined && i+1 < len(flags):
			tags = splitTags(flags[i+1])
		case name == "-tags":
			tags = splitTags(value)
		}
	}
	if len(o.Tags) > 0 {
		tags = slices.Clone(o.Tags)
	}
	if race {
		tags = append(tags, "race")
	}
	return tags
}

func splitTags(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// setsProfile reports whether the user's flags name a profile.
func (o Options) setsProfile() bool {
	return slices.ContainsFunc(append(strings.Fields(o.GOFLAGS()), o.Flags...), func(flag string) bool {
		name, _ := SplitFlag(flag)
		return name == "-pgo"
	})
}

// IsVerbose reports whether the user's flags make the go command print more, for
// the user to read.
func (o Options) IsVerbose() bool {
	return slices.ContainsFunc(o.Flags, func(flag string) bool {
		name, _ := SplitFlag(flag)
		return name == "-v" || name == "-x"
	})
}

// SplitFlag splits a flag, which may be quoted as in GOFLAGS, into its name with
// one dash and its value.
func SplitFlag(flag string) (name, value string) {
	name, value, _ = strings.Cut(strings.Trim(flag, `'"`), "=")
	return "-" + strings.TrimLeft(name, "-"), value
}

func isLdflags(flag string) bool {
	name, _, _ := strings.Cut(flag, "=")
	return name == "-ldflags" || name == "--ldflags"
}

// patterned matches a value that applies to some packages only: "pattern=flags".
var patterned = regexp.MustCompile(`^[^-\s][^\s=]*=`)

// joinLdflags adds ours to a value of -ldflags, after its package pattern if it has one.
func joinLdflags(ours, value string) string {
	value = strings.TrimSpace(value)
	pattern := patterned.FindString(value)
	return pattern + strings.TrimSpace(ours+" "+value[len(pattern):])
}
