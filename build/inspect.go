package build

import (
	"maps"
	"os"
	"slices"
	"strings"

	"hotreload/build/gocmd"
	"hotreload/build/graph"
)

// NewInspector returns a builder that only answers questions, and has nothing of the
// project run to find the answers: the go command is started without those settings of the
// project's that name a program, or lead to one. What the user's own environment says holds.
func NewInspector(root string) *Builder {
	b := New(root, "")
	b.inspects = true
	return b
}

// ask is the config with which the go command may be asked about dir, if it may.
func (b *Builder) ask(c Config, dir string) (Config, error) {
	return b.harmless(c), checkModules(c, dir)
}

// harmless is the config with which the go command runs no program that the config names, if
// that matters.
func (b *Builder) harmless(c Config) Config {
	if b.inspects {
		c.Env, c.Flags = harmlessEnv(c.Env), gocmd.HarmlessFlags(c.Flags)
	}
	return c
}

// harmlessVariables say what a build is for and which files belong to it. Many others name
// programs (CC, PATH, GOTOOLCHAIN, GOAUTH, GOCACHEPROG, LD_PRELOAD), files that name some
// (GOENV, HOME) or directories that some come from (GOROOT, GOPATH, GOMODCACHE).
var harmlessVariables = []string{
	"GOOS", "GOARCH", "GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM",
	"GOEXPERIMENT", "GOFIPS140", "GO111MODULE", "GOWORK", "CGO_ENABLED",
	"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR",
}

// harmlessEnv is what of build.env names no program and leads to none.
func harmlessEnv(set map[string]string) map[string]string {
	kept := maps.Clone(set)
	maps.DeleteFunc(kept, func(name, _ string) bool { return !slices.Contains(harmlessVariables, name) })
	if flags, ok := set["GOFLAGS"]; ok {
		kept["GOFLAGS"] = gocmd.JoinFlags(gocmd.HarmlessFlags(gocmd.FieldsOfFlags(flags)))
	}
	for _, name := range []string{"CGO_CPPFLAGS", "CGO_CFLAGS", "CGO_CXXFLAGS"} {
		if flags, ok := set[name]; ok {
			kept[name] = strings.Join(graph.Harmless(strings.Fields(flags)), " ")
		}
	}
	if set["CC"] != "" && set["GOOS"] == "" && set["GOARCH"] == "" && set["CGO_ENABLED"] == "" && os.Getenv("CGO_ENABLED") == "" {
		kept["CGO_ENABLED"] = "1" // as the go command has it where CC is set, whatever else is installed
	}
	return kept
}
