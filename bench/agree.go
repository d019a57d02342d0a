package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"time"

	"hotreload/bench/agree"
)

// agreeBench is the subcommand that compares what hotreload builds with what go build builds.
func agreeBench(ctx context.Context, args []string) (err error) {
	var o agree.Options
	flags := flag.NewFlagSet("bench agree", flag.ContinueOnError)
	flags.StringVar(&o.Dir, "dir", "", "the `DIR` of the project; a copy of it is edited")
	flags.StringVar(&o.Module, "module", "", "the `DIR` of the app's module, relative to the project's")
	flags.StringVar(&o.Package, "package", ".", "the `PACKAGE` of the app, relative to the module")
	flags.IntVar(&o.Edits, "edits", 10, "make `N` edits")
	flags.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()), "of what the edits are chosen by")
	flags.Func("run", "run the app with these `ARGUMENTS`; may be repeated. {port}, {dir} and {tree} stand for a free port, a new directory and the project", appendTo(&o.Uses.Runs))
	flags.Func("env", "`NAME=VALUE` in the environment of the app; may be repeated", appendTo(&o.Uses.Env))
	flags.StringVar(&o.Uses.Serve, "serve", "", "run the app as a server with these `ARGUMENTS`; needs -get")
	flags.StringVar(&o.Uses.Get, "get", "", "the `URL` that the server answers")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || o.Dir == "" || o.Edits < 0 || (o.Uses.Serve == "") != (o.Uses.Get == "") {
		flags.Usage()
		return errUsage
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.close(&err)
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return err
	}
	o.Scratch, o.Self, o.Tell = w.dir, w.self, func(text string) { progress("%s", text) }
	return agree.Run(ctx, o, os.Stdout)
}

// appendTo is a flag that may be repeated.
func appendTo(all *[]string) func(string) error {
	return func(value string) error {
		*all = append(*all, value)
		return nil
	}
}
