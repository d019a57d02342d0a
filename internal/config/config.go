// Package config turns .hotreload.toml and --set flags into one checked value.
//
// In go the working directory, the path given with -c and the --set flags. Out
// comes a [Loaded]: the effective [Config], the file it was read from, the
// project's root, and where each value comes from.
//
//	file ─▶ parse ─▶ statements ─▶ binder ─▶ Config
//	--set flags ───────────────────▲  └▶ Error, at file:line:column
//
// What always holds: other packages can use a Config that [Load] returns as it
// is. Every key exists, every value has the right type and has passed its
// checks. Anything else is one [Error] that points at the place and says what to
// write instead.
//
// The tables belong to the packages they configure. Their structs are the only
// list of keys: names, descriptions and defaults are read from them by
// reflection, so a new field there is a new key here.
package config

import (
	"maps"

	"hotreload/build"
	"hotreload/internal/fleet"
	"hotreload/internal/proxy"
	"hotreload/runner"
	"hotreload/watch"
)

// FileName is the name of the config file.
const FileName = ".hotreload.toml"

// Config is the whole config file, a field for each table.
type Config struct {
	Watch  watch.Config  `toml:"watch"`
	Build  build.Config  `toml:"build"`
	Runner runner.Config `toml:"runner"`
	Proxy  proxy.Config  `toml:"proxy"`
	Bus    fleet.Config  `toml:"bus"`
	UI     UI            `toml:"ui"`
}

// Default is the config of a project without a config file.
func Default() Config {
	return Config{
		Watch:  watch.DefaultConfig(),
		Build:  build.DefaultConfig(),
		Runner: runner.DefaultConfig(),
		Proxy:  proxy.DefaultConfig(),
		Bus:    fleet.DefaultConfig(),
	}
}

// Options says what to load.
type Options struct {
	Dir  string   // the working directory, absolute
	File string   // the config file, relative to Dir or absolute; empty: search for it
	Bare bool     // read no file unless File names one
	Set  []string // "key=value", in the order given; a later one wins

	// CheckUI lists what is wrong with the [ui] table. Nil accepts everything.
	CheckUI func(UI) []Problem
}

// Loaded is a config in effect, and where it comes from.
type Loaded struct {
	Config Config
	File   string // absolute; empty if there is none
	Root   string // directory that relative paths in Config are relative to

	// Origins says where the value of each key, and of each entry such as
	// "runner.env.PORT", comes from: "default", ".hotreload.toml:3" or "--set".
	// A table of entries comes from where the last one was added.
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
	if o.CheckUI != nil {
		if err := b.first(o.CheckUI(config.UI)); err != nil {
			return nil, err
		}
	}
	return &Loaded{
		Config:  config,
		File:    place.file,
		Root:    place.root,
		Origins: b.origins(),
	}, nil
}

// bindFile applies the config file.
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

// origins lists where every key comes from, set or not.
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
