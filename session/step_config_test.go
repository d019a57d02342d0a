package session

import (
	"errors"
	"testing"
)

// changed is the config with something else in it.
func changed(p *player, id int, change func(*Config)) reloaded {
	c := p.state.config
	change(&c)
	return reloaded{id: id, config: c}
}

func TestConfigReload(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"[build]": {func(c *Config) { c.Build.Tags = []string{"x"} }, `
			> follow [.env .hotreload.toml]
			> build . #2 over #1
			2 plan build, restart: .hotreload.toml changed its [build] table
			2 build.start`},
		"the package": {func(c *Config) { c.Package = "./wide" }, `
			> follow [.env .hotreload.toml]
			> build ./wide #2 over #1
			2 plan build, restart: .hotreload.toml changed its [build] table
			2 build.start`},
		"[runner]": {func(c *Config) { c.Runner.Args = []string{"a b"} }, `
			> follow [.env .hotreload.toml]
			2 plan restart: .hotreload.toml changed its [runner] table
			> run #1 as v2 with [a b]`},
		"runner.env_files": {func(c *Config) { c.Runner.EnvFiles = []string{"dev.env", "/etc/app.env"} }, `
			> follow [dev.env /etc/app.env .hotreload.toml]
			2 plan restart: .hotreload.toml changed its [runner] table
			> run #1 as v2`},
		"[watch]": {func(c *Config) { c.Watch.Include = []string{"*.txt"} }, `
			> watch again: include [*.txt]
			2 plan none: .hotreload.toml changed what is watched
			2 cycle none, none: .hotreload.toml changed what is watched`},
		"all of them": {func(c *Config) {
			c.Build.Race, c.Runner.Args, c.Watch.Include = true, []string{"-v"}, []string{"*.txt"}
		}, `
			> watch again: include [*.txt]
			> build . #2 over #1
			2 plan build, restart: .hotreload.toml changed its [build] table
			2 build.start`},
		"nothing": {func(*Config) {}, `
			> follow [.env .hotreload.toml]
			2 plan none: .hotreload.toml has the same settings as before
			2 cycle none, none: .hotreload.toml has the same settings as before`},
	} {
		t.Run(name, func(t *testing.T) {
			p := running(t)
			p.play(
				move{opened(".hotreload.toml"), ``},
				move{settled(".hotreload.toml"), `
					2 change .hotreload.toml
					> read the config`},
				move{changed(p, 1, test.change), test.want},
			)
		})
	}
}

func TestInvalidConfig(t *testing.T) {
	const wrong = `.hotreload.toml:2:1: unknown key "runner.argz"`
	t.Run("alone", func(t *testing.T) {
		running(t).play(
			move{settled(".hotreload.toml"), `
				2 change .hotreload.toml
				> read the config`},
			move{reloaded{id: 1, err: errors.New(wrong)}, `
				2 plan none: ` + wrong + `; the old settings stay
				2 cycle failed, none: ` + wrong + `; the old settings stay`},
			move{settled("main.go"), `
				3 change main.go
				> build . #2 over #1
				3 plan build, restart: main.go is part of package example.com/app
				3 build.start`},
		)
	})
	t.Run("with what else changed", func(t *testing.T) {
		running(t).play(
			move{opened(".hotreload.toml", "main.go"), ``}, // built in which way?
			move{settled(".hotreload.toml", "README.md", "main.go"), `
				2 change .hotreload.toml README.md main.go
				> read the config`},
			move{reloaded{id: 1, err: errors.New(wrong)}, `
				2 plan none: ` + wrong + `; the old settings stay
				2 cycle failed, none: ` + wrong + `; the old settings stay
				> build . #2 over #1
				3 plan build, restart: main.go is part of package example.com/app
				3 build.start`},
		)
	})
}

// A change of the config decides together with what changed beside it.
func TestConfigWithOtherChanges(t *testing.T) {
	t.Run("in one batch", func(t *testing.T) {
		p := running(t)
		p.play(
			move{opened("main.go"), `> build . #2 over #1`},
			move{opened(".hotreload.toml", "main.go"), `> cancel the build`},
			move{settled(".hotreload.toml", "main.go"), `
				2 change .hotreload.toml main.go
				> read the config`},
			move{changed(p, 1, func(c *Config) { c.Runner.Args = []string{"-v"} }), `
				> follow [.env .hotreload.toml]
				> build . #3 over #1
				2 plan build, restart: main.go is part of package example.com/app
				2 build.start`},
			// The app must see its new arguments all the same.
			move{same(3, 1), `
				2 build.ok same
				> run #1 as v2 with [-v]`},
		)
	})
	t.Run("while it is read", func(t *testing.T) {
		p := running(t)
		p.play(
			move{settled(".hotreload.toml"), `
				2 change .hotreload.toml
				> read the config`},
			move{opened("main.go"), ``}, // perhaps it is built in another way
			move{settled("main.go"), `
				2 change main.go
				> read the config`},
			move{changed(p, 1, func(c *Config) { c.Build.Race = true }), ``}, // out of date
			move{changed(p, 2, func(c *Config) { c.Build.Debug = true }), `
				> follow [.env .hotreload.toml]
				> build . #2 over #1
				2 plan build, restart: .hotreload.toml changed its [build] table
				2 build.start`},
		)
		if b := p.state.config.Build; b.Race || !b.Debug {
			t.Errorf("the config is %+v, want the one read last", b)
		}
	})
	t.Run("while a build is under way", func(t *testing.T) {
		p := running(t)
		p.step(settled("main.go"))
		p.play(
			move{settled(".hotreload.toml"), `
				3 change .hotreload.toml
				> read the config`},
			move{changed(p, 1, func(c *Config) { c.Build.Race = true }), `
				> follow [.env .hotreload.toml]
				> cancel the build
				2 build.cancel: .hotreload.toml changed its [build] table
				> build . #3 over #1
				3 plan build, restart: .hotreload.toml changed its [build] table
				3 build.start`},
		)
	})
	t.Run("that vanish", func(t *testing.T) {
		p := running(t)
		p.step(settled("main.go"))
		p.step(opened("new.go"))
		p.play(
			move{opened(".hotreload.toml"), `> cancel the build`},
			move{settled(".hotreload.toml"), `
				3 change .hotreload.toml
				> read the config`},
			move{changed(p, 1, func(c *Config) {}), `
				> follow [.env .hotreload.toml]
				> build . #4 over #1
				3 plan build, restart: main.go is part of package example.com/app
				3 build.start`},
		)
	})
	t.Run("that do not change the build", func(t *testing.T) {
		p := running(t)
		p.step(settled(".hotreload.toml", "main.go"))
		p.step(changed(p, 1, func(c *Config) { c.Runner.Args = []string{"x"} }))
		p.step(same(2, 1))
		p.step(started(2))
		p.play(move{readied(2), `
			2 app.ready 200 via port localhost:8080
			2 cycle ok, restart: the build came out byte-identical; .hotreload.toml changed its [runner] table`})
	})
}

// A config that changed while paused is read when that ends, also one that was
// being read when it began.
func TestConfigWhilePaused(t *testing.T) {
	p := running(t)
	p.play(
		move{settled(".hotreload.toml"), `
			2 change .hotreload.toml
			> read the config`},
		move{CommandPause, `1 paused`},
		move{changed(p, 1, func(c *Config) { c.Runner.Args = []string{"-v"} }), ``},
		move{settled("main.go"), `2 change main.go`},
		move{CommandResume, `
			1 resumed
			> read the config`},
		move{changed(p, 2, func(c *Config) { c.Runner.Args = []string{"-w"} }), `
			> follow [.env .hotreload.toml]
			> build . #2 over #1
			2 plan build, restart: main.go is part of package example.com/app
			2 build.start`},
		move{good(2), `
			2 build.ok
			> run #2 as v2 with [-w]`},
	)
}

// A watcher of new settings takes over, even in the middle of a batch, whose rest
// it will not tell of.
func TestNewWatcher(t *testing.T) {
	p := running(t)
	p.play(
		move{opened("main.go"), `> build . #2 over #1`},
		move{rewatched{WatchReady{Backend: "inotify"}}, `
			1 watch.ready
			> follow [.env .hotreload.toml]
			2 change main.go
			2 plan build, restart: main.go is part of package example.com/app
			2 build.start`},
		move{rewatched{WatchReady{Backend: "inotify"}}, `
			2 watch.ready
			> follow [.env .hotreload.toml]`},
	)
}
