// Command bench measures what hotreload saves and what it costs.
//
//	go -C bench run . latency [-rounds N] [-pocketbase-rounds N] [-only small|pocketbase]
//	go -C bench run . watch [-rounds N] [-saves N]
//	go -C bench run . idle [-for DURATION]
//	go -C bench run . screen [-rounds N] [-lines N] [-idle DURATION]
//	go -C bench run . proxy [-rounds N]
//	go -C bench run . browser [-rounds N]
//	go -C bench run . swap [-swaps N] [-clients N]
//	go -C bench run . edits [-rounds N]
//	go -C bench run . bus [-rounds N] [-pocketbase-rounds N] [-rollouts N]
//	go -C bench run . plugin [-rounds N] [-pocketbase-rounds N] [-reloads N]
//	go -C bench run . agree -dir DIR [-package P] [-edits N] [-seed S] [-run ARGS]... [-serve ARGS -get URL]
//
// latency takes the time from the write of a one-line edit until the new
// version answers at its socket, for hotreload, for a plain build loop and for
// air, interleaved in one run. watch takes how fast a big tree is under watch, and
// what a save and a checkout lead to. idle takes what hotreload does while nothing
// happens; screen, what the terminal UI costs an app that prints as fast as it can;
// proxy, what the proxy costs an app; browser, how fast pages in Chromium follow what is
// saved; swap counts the requests that are lost
// when a new version takes over under load; edits takes the time of edits one after the
// other in different packages of a big app; bus, how long a save takes until it is served
// at instances elsewhere, how much is sent to them and what is lost there; plugin, how long a new version of a plugin
// takes against a new process of the same app, and what of memory. All need the go
// command; latency, edits, watch, browser, swap, bus and plugin also the module proxy.
//
// In goes nothing but flags; out come Markdown tables on stdout, and progress
// on stderr. What always holds: all contenders get the same edits, the same
// environment and the same poll; whatever way it ends, short of kill -9, no
// process and no directory of it is left.
//
//	subject ─▶ a tree each ─▶ contenders ─▶ rounds: edit, poll ─▶ samples ─▶ tables
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"hotreload/build"
	"hotreload/internal/supervise"
)

const usage = `usage:
  bench latency [-rounds N] [-pocketbase-rounds N] [-only small|pocketbase]
  bench watch [-rounds N] [-saves N]
  bench idle [-for DURATION]
  bench screen [-rounds N] [-lines N] [-idle DURATION]
  bench proxy [-rounds N]
  bench browser [-rounds N]
  bench swap [-swaps N] [-clients N]
  bench edits [-rounds N]
  bench bus [-rounds N] [-pocketbase-rounds N] [-rollouts N]
  bench plugin [-rounds N] [-pocketbase-rounds N] [-reloads N]
  bench agree -dir DIR [-module DIR] [-package P] [-edits N] [-seed S] [-run ARGS]... [-serve ARGS -get URL]`

// errUsage is a wrong command line, of which the user has been told.
var errUsage = errors.New("wrong usage")

func main() {
	if supervise.IsSupervisor() {
		os.Exit(supervise.Main())
	}
	if build.StandsIn() {
		os.Exit(build.StandIn())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(status(ctx, run(ctx, os.Args[1:])))
}

// run carries out one subcommand.
func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		args = []string{""}
	}
	switch args[0] {
	case "latency":
		return latency(ctx, args[1:])
	case "watch":
		return watch(ctx, args[1:])
	case "idle":
		return idle(ctx, args[1:])
	case "screen":
		return screen(ctx, args[1:])
	case "proxy":
		return proxyBench(ctx, args[1:])
	case "browser":
		return browserBench(ctx, args[1:])
	case "swap":
		return swap(ctx, args[1:])
	case "edits":
		return edits(ctx, args[1:])
	case "bus":
		return bus(ctx, args[1:])
	case "plugin":
		return plugin(ctx, args[1:])
	case "agree":
		return agreeBench(ctx, args[1:])
	case loopCommand:
		return loop(ctx, args[1:])
	case proxyCommand:
		return serveProxy(ctx, args[1:])
	case emptyCommand:
		return emptyApp(ctx, args[1:])
	case pageCommand:
		return pageApp(ctx, args[1:])
	}
	fmt.Fprintln(os.Stderr, usage)
	return errUsage
}

// status is the exit status for how a subcommand ended.
func status(ctx context.Context, err error) int {
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		return 130
	}
	fmt.Fprintln(os.Stderr, "bench: "+err.Error())
	return 1
}

// parse reads flags; of a wrong one the user is told.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	return nil
}

// progress tells people how far it is.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
