package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The names of the contenders, as the tables and the budgets have them.
const (
	plainBuild        = "go build, stop, start"
	buildWithoutDWARF = "go build -ldflags=-w, stop, start"
	hotreloadDefaults = "hotreload"
	hotreloadIndirect = "direct = false"
	hotreloadWhole    = "hotreload, shared = false"
	airDefaults       = "air, defaults"
	airDelay1         = "air, delay = 1"
)

// kind is a way to bring an edit to life.
type kind struct {
	name  string
	asked bool // it is told of each edit on its stdin; the others watch
	warms bool // after a first edit it makes a library, and is faster then

	// command is what to run in the tree; it may write a config there first.
	command func(s subject, p place) ([]string, error)
}

// place is what a contender has to itself.
type place struct {
	dir     string // holds the others
	tree    string // the subject's source
	data    string // for the app's data, beside the tree so that it is not watched
	address string // where the app is to be found
	behind  string // where it listens, if it is behind a proxy
}

// allKinds prepares every contender's program.
func allKinds(ctx context.Context, w *workspace) ([]kind, error) {
	hotreload, err := buildHotreload(ctx, w)
	if err != nil {
		return nil, err
	}
	air, err := installAir(ctx, w)
	if err != nil {
		return nil, err
	}
	return []kind{
		loopKind(plainBuild, w.self),
		loopKind(buildWithoutDWARF, w.self, "-ldflags=-w"),
		hotreloadKind(hotreload).warmed(),
		hotreloadKind(hotreload, "--set", "build.shared=false").called(hotreloadWhole),
		airKind(airDefaults, air),
		airKind(airDelay1, air, "delay = 1"),
	}, nil
}

// loopKind is the stand-in for a shell loop, with flags for go build.
func loopKind(name, self string, buildFlags ...string) kind {
	return kind{name: name, asked: true, command: func(s subject, p place) ([]string, error) {
		command := []string{self, loopCommand, "-out", p.dir, "-flags", strings.Join(buildFlags, " "), s.pkg}
		return append(command, s.args(p.address, p.data)...), nil
	}}
}

// hotreloadKind is hotreload as it comes, with flags of its own.
func hotreloadKind(program string, flags ...string) kind {
	return kind{name: hotreloadDefaults, command: func(s subject, p place) ([]string, error) {
		command := slices.Concat([]string{program, "--ui", "plain"}, flags, []string{s.pkg, "--"})
		return append(command, s.args(p.address, p.data)...), nil
	}}
}

// called is the kind under another name.
func (k kind) called(name string) kind {
	k.name = name
	return k
}

// warmed is hotreload once it has made its library.
func (k kind) warmed() kind {
	k.warms = true
	return k
}

// airKind is air with what it has to be told of a subject, and more [build] keys.
func airKind(name, program string, keys ...string) kind {
	return kind{name: name, command: func(s subject, p place) ([]string, error) {
		var args []string
		for _, arg := range s.args(p.address, p.data) {
			args = append(args, strconv.Quote(arg))
		}
		config := append([]string{
			"[build]",
			"cmd = " + strconv.Quote("go build -o ./tmp/main "+s.pkg),
			`entrypoint = ["./tmp/main"]`,
			"args_bin = [" + strings.Join(args, ", ") + "]",
		}, keys...)
		file := filepath.Join(p.tree, ".air.toml")
		if err := os.WriteFile(file, []byte(strings.Join(config, "\n")+"\n"), 0o644); err != nil {
			return nil, fmt.Errorf("write air's config: %w", err)
		}
		return []string{program}, nil
	}}
}
