package build

import "hotreload/build/gocmd"

// Config is the [build] table of the config file.
type Config struct {
	Package string            `toml:"package" doc:"main package to build, a directory or an import path; empty: the one in this directory, else the module's only one"`
	Flags   []string          `toml:"flags" doc:"passed to go build as they are"`
	Tags    []string          `toml:"tags" doc:"build tags"`
	Race    bool              `toml:"race" doc:"build with the race detector"`
	Debug   bool              `toml:"debug" doc:"keep DWARF and turn off optimisation, for a debugger"`
	Direct  bool              `toml:"direct" doc:"call compiler and linker without the go command when only the insides of known files changed"`
	Shared  bool              `toml:"shared" doc:"in a direct build, link the project's own packages alone, against a shared library of the others that is made in the background; Linux on amd64"`
	Env     map[string]string `toml:"env" doc:"environment of the build alone, e.g. CGO_ENABLED"`
	Command []string          `toml:"command" doc:"build with this command instead of go build; needs output"`
	Output  string            `toml:"output" doc:"the executable that command writes"`

	Generate []Generator `toml:"generate" doc:"commands that write what the app is built from; each runs before the build when a file that it matches changed"`

	Plugin []PluginPackage `toml:"plugin" doc:"packages that the app loads as plugins; the next version of one is loaded into the running app"`
}

// PluginPackage is a [[build.plugin]] table of the config file.
type PluginPackage struct {
	Package string `toml:"package" doc:"package main with func New, a directory or an import path; its last element is the plugin's name"`
}

// Generator is a [[build.generate]] table of the config file.
type Generator struct {
	Match   []string `toml:"match" glob:"true" doc:"files the command reads, relative to the project's root: when one of them changes, it runs"`
	Command []string `toml:"command" doc:"run in the project's root, before the build; what it writes belongs to the same build"`
}

// DefaultConfig has the values of keys that the config file does not set.
func DefaultConfig() Config { return Config{Direct: true, Shared: true} }

// options are what of a config decides flags and environment of the go command.
func (c Config) options() gocmd.Options {
	o := gocmd.Options{Flags: c.Flags, Tags: c.Tags, Race: c.Race, Debug: c.Debug, Env: c.Env, Command: c.Command, Output: c.Output}
	for _, p := range c.Plugin {
		o.Plugins = append(o.Plugins, p.Package)
	}
	return o
}
