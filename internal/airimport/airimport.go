// Package airimport turns a config of air, another live reloader for Go, into
// one of ours.
//
// In goes the text of an air config; out comes a config.Import: the equivalent
// settings, and a list of what has no counterpart.
//
//	text ─▶ read ─▶ converter: run, build, watch, rules, proxy, stop, rest ─▶ Import
//
// What always holds: nothing is run and no file is read. Each key of the text is
// carried over, or listed with its value and the reason. A text that is not an air
// config is a *config.Error with its place.
//
// Paths in an air config are relative to the directory that air was started in,
// whatever the file or its root say. So are the paths that come out.
package airimport

import (
	"maps"
	"reflect"
	"regexp"
	"slices"

	"mvdan.cc/sh/v3/expand"

	"hotreload/internal/config"
)

// Options are what the text alone does not say.
type Options struct {
	File   string                   // as the user named it
	GOOS   string                   // the system whose overrides apply
	Getenv func(name string) string // for variables in commands; empty: not set
	Dir    string                   // that air was started in, absolute, with slashes; empty: unknown
}

// Convert translates an air config.
func Convert(text []byte, o Options) (*config.Import, error) {
	file, values, err := read(text, o.File)
	if err != nil {
		return nil, err
	}
	overridden := file.override(values, o.GOOS)
	c := &converter{
		air: file, values: values, env: expand.FuncEnviron(o.Getenv), goos: o.GOOS, dir: o.Dir,
		out:   &config.Import{From: o.File, Config: config.Default(), Unneeded: overridden},
		known: map[string]bool{},
	}
	c.run()
	c.build()
	c.watch()
	c.rules()
	c.proxy()
	c.stop()
	c.rest()
	c.out.Output = c.binary
	c.out.Apply()
	return c.out, nil
}

// converter is a conversion in progress.
type converter struct {
	air    airFile
	values map[string]any // that the text sets, by dotted key
	env    expand.Environ
	goos   string
	dir    string // that air was started in
	out    *config.Import
	known  map[string]bool // keys that are accounted for

	runKey     string // the key that says what air runs
	binary     string // that air runs, as a clean path
	tests      bool   // air runs go test
	goRuns     bool   // air runs go run, and not what cmd builds
	generating bool   // there is a generator with unknown sources
}

// carried marks keys as carried over.
func (c *converter) carried(keys ...string) {
	for _, key := range keys {
		c.known[key] = true
	}
}

// lost lists a key without a counterpart, if it is set.
func (c *converter) lost(key, why string) {
	if value, set := c.values[key]; set && !c.silent(key, value) {
		c.note(key, show(value), why)
	}
}

// note lists a part of a key's value as lost.
func (c *converter) note(key, value, why string) {
	c.carried(key)
	c.out.Lost = append(c.out.Lost, config.Left{Key: key, Value: value, Why: why})
}

// unneeded lists a key that is not needed, if it is set.
func (c *converter) unneeded(key, why string) {
	value, set := c.values[key]
	if !set || c.known[key] || c.silent(key, value) {
		return
	}
	c.carried(key)
	c.out.Unneeded = append(c.out.Unneeded, config.Left{Key: key, Value: show(value), Why: why})
}

// silent reports whether a value is air's default, or not set to air.
func (c *converter) silent(key string, value any) bool {
	if standard, ok := defaults[key]; ok && reflect.DeepEqual(value, standard) {
		return true
	}
	v := reflect.ValueOf(value)
	list := v.Kind() == reflect.Slice
	_, hasDefault := defaults[key].([]any)
	return v.IsZero() || list && v.Len() == 0 && !hasDefault || value == "0s"
}

// overrides matches a setting for one system.
var overrides = regexp.MustCompile(`^build\.(windows|darwin|linux)\.`)

// rest accounts for the keys that no other step did.
func (c *converter) rest() {
	for _, key := range slices.Sorted(maps.Keys(c.values)) {
		why, listed := reasons[key]
		switch {
		case c.known[key]:
		case c.silent(key, c.values[key]) && (listed || isKey(key)):
			c.out.Silent = append(c.out.Silent, key)
		case listed && why.lost:
			c.note(key, show(c.values[key]), why.text)
		case listed:
			c.unneeded(key, why.text)
		case isKey(key) && overrides.MatchString(key):
			c.unneeded(key, "for another system; import there")
		default:
			c.note(key, show(c.values[key]), "not a key of air, which ignores it")
		}
	}
}
