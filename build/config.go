package build

// Config is the [build] table of the config file.
type Config struct {
	Package string            `toml:"package" doc:"main package to build, a directory or an import path; empty: the one in this directory, else the module's only one"`
	Flags   []string          `toml:"flags" doc:"passed to go build as they are"`
	Tags    []string          `toml:"tags" doc:"build tags"`
	Race    bool              `toml:"race" doc:"build with the race detector"`
	Debug   bool              `toml:"debug" doc:"keep DWARF and turn off optimisation, for a debugger"`
	Direct  bool              `toml:"direct" doc:"call compiler and linker without the go command where no more than the insides of known files changed"`
	Env     map[string]string `toml:"env" doc:"environment of the build alone, e.g. CGO_ENABLED"`
	Command []string          `toml:"command" doc:"build with this command instead of go build; needs output"`
	Output  string            `toml:"output" doc:"the executable that command writes"`
}

// DefaultConfig is what holds where the config file is silent.
func DefaultConfig() Config { return Config{Direct: true} }
