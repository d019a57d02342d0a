package runner

import "time"

// Config is the [runner] table of the config file.
type Config struct {
	Args           []string          `toml:"args" doc:"arguments of the app; those after -- on the command line replace them"`
	Env            map[string]string `toml:"env" doc:"environment of the app, on top of everything else"`
	EnvFiles       []string          `toml:"env_files" doc:"files of KEY=value lines that hotreload reads for the app, again at each start; a variable that is set in hotreload's own environment takes precedence; without them, .env is left to the app, as under go run"`
	Wrap           []string          `toml:"wrap" doc:"a command that starts the app, such as [\"doppler\", \"run\", \"--\"]; it is given the executable and its arguments, and must keep the app among its descendants, or become it"`
	Dir            string            `toml:"dir" doc:"working directory of the app; empty: the project's"`
	Handover       string            `toml:"handover" doc:"how a new version takes over; socket: it gets the listeners, and the old one finishes its requests; proxy: the proxy of [proxy] sends it new requests, or holds them until it serves; inject: like socket, with the support for it built into an app that has none; restart: the old one is stopped first; auto: the best of these that the app supports, but never inject"`
	Listen         []string          `toml:"listen" doc:"addresses that hotreload binds and passes on as LISTEN_FDS, for an app that expects them; NAME=ADDRESS names one"`
	StopSignal     string            `toml:"stop_signal" doc:"signal that asks the app to stop"`
	StopTimeout    time.Duration     `toml:"stop_timeout" doc:"how long the app may take to stop before it is killed"`
	Ready          string            `toml:"ready" doc:"when a new process is ready; empty: at its first accept or open port; http://…: when that answers; log:REGEX: when it prints a line that matches"`
	ReadyTimeout   time.Duration     `toml:"ready_timeout" doc:"how long that may take; after that, a version that was to take over is killed and the old one keeps serving, and any other counts as running"`
	MaxPluginLoads int               `toml:"max_plugin_loads" doc:"how many versions of plugins may be loaded into one process, which keeps them all in memory; the next one starts a new process"`
	Pty            bool              `toml:"pty" doc:"where hotreload is on a terminal, and not with --ui json, run the app on one of its own, so that it keeps its colours"`
}

// DefaultConfig is what applies where the config file says nothing.
func DefaultConfig() Config {
	return Config{
		Handover:       "auto",
		StopSignal:     "SIGTERM",
		StopTimeout:    5 * time.Second,
		ReadyTimeout:   10 * time.Second,
		MaxPluginLoads: 50,
		Pty:            true,
	}
}
