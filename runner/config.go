package runner

import "time"

// Config is the [runner] table of the config file.
type Config struct {
	Args         []string          `toml:"args" doc:"arguments of the app; those after -- on the command line replace them"`
	Env          map[string]string `toml:"env" doc:"environment of the app, on top of everything else"`
	EnvFiles     []string          `toml:"env_files" doc:"files of KEY=value lines, read again at each start; a variable that is set in hotreload's own environment wins over them"`
	Dir          string            `toml:"dir" doc:"working directory of the app; empty: the project's"`
	StopSignal   string            `toml:"stop_signal" doc:"signal that asks the app to stop"`
	StopTimeout  time.Duration     `toml:"stop_timeout" doc:"how long the app may take to stop before it is killed"`
	ReadyTimeout time.Duration     `toml:"ready_timeout" doc:"how long to look for the port of a new process before it counts as running"`
	Pty          bool              `toml:"pty" doc:"under the terminal UI, run the app in a terminal of its own, so that it keeps its colours"`
}

// DefaultConfig is what holds where the config file is silent.
func DefaultConfig() Config {
	return Config{
		EnvFiles:     []string{".env"},
		StopSignal:   "SIGTERM",
		StopTimeout:  5 * time.Second,
		ReadyTimeout: 10 * time.Second,
		Pty:          true,
	}
}
