package shared

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"hotreload/build/direct"
	"hotreload/build/gocmd"
)

// Unfit says why no app is linked this way on this machine, or with these options and
// settings of go env; or "".
func Unfit(root string, o gocmd.Options, settings map[string]string) string {
	switch {
	case runtime.GOOS != "linux" || runtime.GOARCH != "amd64":
		return "this takes Linux on amd64"
	case settings["GOOS"] != runtime.GOOS || settings["GOARCH"] != runtime.GOARCH:
		return fmt.Sprintf("it is built for %s/%s", settings["GOOS"], settings["GOARCH"])
	case settings["CGO_ENABLED"] != "1":
		return "CGO_ENABLED is " + settings["CGO_ENABLED"]
	case settings["GOEXPERIMENT"] != "":
		return "GOEXPERIMENT is " + settings["GOEXPERIMENT"]
	case settings["GOFIPS140"] != "" && settings["GOFIPS140"] != "off":
		return "GOFIPS140 is " + settings["GOFIPS140"]
	case len(o.Command) > 0:
		return "build.command builds it"
	case o.Race:
		return "build.race is set"
	case o.Debug:
		return "build.debug is set"
	case len(o.Plugins) > 0:
		return "it loads plugins"
	case len(strings.Fields(settings["CC"])) != 1:
		return fmt.Sprintf("CC is %q", settings["CC"])
	}
	if _, err := gocmd.LookPath(settings["CC"], root); err != nil {
		return "there is no C compiler, " + settings["CC"] + ", to link with"
	}
	for _, flag := range slices.Concat(o.Flags, strings.Fields(settings["GOFLAGS"])) {
		if name, _ := gocmd.SplitFlag(flag); strings.HasPrefix(strings.Trim(flag, `'"`), "-") && !proved[name] {
			return "of " + flag
		}
	}
	return ""
}

// proved are the flags of go build with which apps have been linked this way. The
// linker's own flags are checked where they are used.
var proved = map[string]bool{"-tags": true, "-ldflags": true, "-buildvcs": true, "-mod": true, "-p": true, "-v": true, "-X": true, "-w": true, "-s": true}

// unfit says why an app is not linked this way, or "". whole are the parts of it as it
// is linked now.
func unfit(root string, s Subject, whole direct.Parts) string {
	if why := Unfit(root, s.Options, s.Settings); why != "" {
		return why
	}
	if _, why := linkerFlags(whole.Linker); why != "" {
		return why
	}
	switch {
	case whole.Opaque != "":
		return fmt.Sprintf("package %s has C code or assembly", whole.Opaque)
	case whole.Objects["runtime/cgo"] == "":
		return "it is linked statically, because it uses no C library"
	case whole.Objects["plugin"] != "":
		return "it imports package plugin"
	case whole.Modinfo == "":
		return "it has no build info"
	}
	for _, flag := range []string{"-race", "-msan", "-asan", "-pgoprofile", "-shared", "-spectre", "-coveragecfg", "-N", "-d"} {
		if s.Recipe.CompilerSets(flag) {
			return "the compiler gets " + flag
		}
	}
	return ""
}

// linkerFlags are those of a learned call of the linker that hold for every link of the
// app, and why it cannot be linked this way, or "".
func linkerFlags(call []string) (flags []string, why string) {
	for i := 1; i < len(call)-1; i++ {
		switch name, value := gocmd.SplitFlag(call[i]); {
		case call[i] == "-o" || call[i] == "-importcfg":
			i++
		case call[i] == "-X":
			flags = append(flags, call[i], call[i+1])
			i++
		case call[i] == "-w" || call[i] == "-s" || name == "-buildid":
		case name == "-X" || name == "-extld":
			flags = append(flags, call[i])
		case name == "-buildmode" && value == "exe":
		default:
			return nil, "the linker gets " + call[i]
		}
	}
	return flags, ""
}
