package runner

import "time"

// Config is the [runner] table of the config file.
type Config struct {
	Args           []string          `toml:"args" doc:"arguments of the app; those after -- on the command line replace them"`
	Env            map[string]string `toml:"env" doc:"environment of the app, on top of everything else"`
	EnvFiles       []string          `toml:"env_files" doc:"files of KEY=value lines, read again at each start; a variable that is set in hotreload's own environment wins over them"`
	Dir            string            `toml:"dir" doc:"working directory of the app; empty: the project's"`
	Handover       string            `toml:"handover" doc:"how a new version takes over: socket passes it the listeners while the old one serves to the end; proxy has the front door of [proxy] send requests to it, or hold them until it serves; inject builds into an app that does not know of it what socket needs; restart stops the old one first; auto finds out which the app can do, but for inject"`
	Listen         []string          `toml:"listen" doc:"addresses that hotreload binds and passes on as LISTEN_FDS, for an app that expects them; NAME=ADDRESS names one"`
	StopSignal     string            `toml:"stop_signal" doc:"signal that asks the app to stop"`
	StopTimeout    time.Duration     `toml:"stop_timeout" doc:"how long the app may take to stop before it is killed"`
	Ready          string            `toml:"ready" doc:"when a new process serves; empty: at its first accept or open port; http://…: when that answers; log:REGEX: when it prints such a line"`
	ReadyTimeout   time.Duration     `toml:"ready_timeout" doc:"how long that may take; then one that was to take over is killed and the old one goes on, and any other counts as running"`
	MaxPluginLoads int               `toml:"max_plugin_loads" doc:"how many versions of plugins may be loaded into one process, which keeps them all in memory; the next one comes with a new process"`
	Pty            bool              `toml:"pty" doc:"under the terminal UI, run the app in a terminal of its own, so that it keeps its colours"`
}

// DefaultConfig is what holds where the config file is silent.
func DefaultConfig() Config {
	return Config{
		EnvFiles:       []string{".env"},
		Handover:       "auto",
		StopSignal:     "SIGTERM",
		StopTimeout:    5 * time.Second,
		ReadyTimeout:   10 * time.Second,
		MaxPluginLoads: 50,
		Pty:            true,
	}
}
