// Package config turns .hotreload.toml and --set flags into one checked value.
//
// In goes the directory worked in, the path given with -c and the --set
// arguments. Out comes a [Loaded]: the effective [Config], the file it was read
// from, the project's root, and for each key where its value comes from.
//
// What always holds: a Config that [Load] returns is one that the other
// packages can use as it is. Every key in it exists, has its type, and has
// passed the checks for globs, durations, signals and variable names. Anything
// else is one [Error] that points at the place and says what to write instead.
//
// The tables belong to the packages they configure. Their structs are the only
// list of keys: names, documentation and defaults are read off them by
// reflection, so a new field there is a new key here.
package config

import (
	"maps"

	"hotreload/build"
	"hotreload/internal/proxy"
	"hotreload/runner"
	"hotreload/ui"
	"hotreload/watch"
)

// FileName is the name under which the config is searched for.
const FileName = ".hotreload.toml"

// Config is the whole config file, a field for each table.
type Config struct {
	Watch  watch.Config  `toml:"watch"`
	Build  build.Config  `toml:"build"`
	Runner runner.Config `toml:"runner"`
	Proxy  proxy.Config  `toml:"proxy"`
	UI     ui.Config     `toml:"ui"`
}

// Default is what holds where the config file is silent.
func Default() Config {
	return Config{
		Watch:  watch.DefaultConfig(),
		Build:  build.DefaultConfig(),
		Runner: runner.DefaultConfig(),
		Proxy:  proxy.DefaultConfig(),
		UI:     ui.DefaultConfig(),
	}
}

// Options says what to load.
type Options struct {
	Dir  string   // directory worked in, absolute
	File string   // config file, relative to Dir or absolute; empty: search for it
	Set  []string // "key=value", in the order given; a later one wins
}

// Loaded is a config in effect, and where it comes from.
type Loaded struct {
	Config Config
	File   string // absolute; empty if there is none
	Root   string // directory that relative paths in Config are relative to

	// Origins tells for each key, and for each entry of a table of variables
	// such as "runner.env.PORT", where its value comes from: "default",
	// ".hotreload.toml:3" or "--set". Such a table as a whole comes from where
	// it was last added to.
	Origins map[string]string
}

// Load finds, reads and checks the config. The error, if any, is an *Error.
func Load(o Options) (*Loaded, error) {
	place := locate(o)
	config := Default()
	b := newBinder(&config)
	if place.file != "" {
		if err := b.bindFile(place); err != nil {
			return nil, err
		}
	}
	for _, arg := range o.Set {
		if err := b.bindSet(arg); err != nil {
			return nil, err
		}
	}
	if err := b.crossCheck(config); err != nil {
		return nil, err
	}
	return &Loaded{
		Config:  config,
		File:    place.file,
		Root:    place.root,
		Origins: b.origins(),
	}, nil
}

// bindFile takes over what the file sets.
func (b *binder) bindFile(place location) *Error {
	data, err := read(place)
	if err != nil {
		return err
	}
	src := fileSource(place.shown, data)
	statements, err := parse(src, data)
	if err != nil {
		return err
	}
	return b.bind(src, statements)
}

// origins names the origin of every key, set or not.
func (b *binder) origins() map[string]string {
	all := make(map[string]string)
	for _, key := range b.root.keys() {
		all[key.path] = "default"
	}
	set := make(map[string]string, len(b.marks))
	for key, m := range b.marks {
		set[key] = m.src.origin(m.offset)
	}
	maps.Copy(all, set)
	return all
}
