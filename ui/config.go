package ui

// Config is the [ui] table of the config file.
type Config struct {
	Editor string            `toml:"editor" doc:"opens problems, such as \"code --goto {file}:{line}:{column}\"; empty: $VISUAL or $EDITOR"`
	Keys   map[string]string `toml:"keys" doc:"other keys for what can be done on the screen, such as rebuild = \"ctrl+r\"; help (?) lists the names"`
}

// DefaultConfig is what holds where the config file is silent.
func DefaultConfig() Config { return Config{} }
