package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// swap is the subcommand that counts the requests that are lost when a new version
// takes over under load.
func swap(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench swap", flag.ContinueOnError)
	swaps := flags.Int("swaps", 20, "new versions `N` of each")
	clients := flags.Int("clients", 2, "clients `N` of each kind")
	only := flags.String("only", "", "the strategies whose names contain `TEXT`")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *swaps < 1 || *clients < 1 {
		flags.Usage()
		return errUsage
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.close(&err)
	strategies, err := allStrategies(ctx, w)
	if err != nil {
		return err
	}
	strategies = slices.DeleteFunc(strategies, func(s strategy) bool { return !strings.Contains(s.kind.name, *only) })
	fmt.Println(machine())
	fmt.Printf("\n### %d swaps under load: failed / answered, and the longest wait\n\n", *swaps)
	fmt.Printf("Of streams: refused / opened, and how many broke off.\n\n")
	fmt.Printf("| strategy | %s |\n|---|%s\n", strings.Join(clientKinds(), " | "), strings.Repeat("---|", len(clientKinds())))
	for _, s := range strategies {
		progress("%s", s.kind.name)
		tallies, err := s.measure(ctx, w, *swaps, *clients)
		if err != nil {
			return err
		}
		fmt.Printf("| %s |", s.kind.name)
		for _, kind := range clientKinds() {
			fmt.Printf(" %s |", tallies[kind])
		}
		fmt.Println()
	}
	return nil
}

// strategy is a way for a new version to take over, with an app that it is for.
type strategy struct {
	kind    kind
	subject subject
}

func allStrategies(ctx context.Context, w *workspace) ([]strategy, error) {
	hotreload, err := buildHotreload(ctx, w)
	if err != nil {
		return nil, err
	}
	air, err := installAir(ctx, w)
	if err != nil {
		return nil, err
	}
	plain := swapSubject("", "net.Listen(\"tcp\", *addr)", shutdownServe)
	hot := swapSubject("", "hot.Listen(\"tcp\", *addr)", "hot.Serve(ctx, server, l)")
	keep := swapSubject("var n int\n\thot.Keep(\"n\", &n)", "hot.Listen(\"tcp\", *addr)", "hot.Serve(ctx, server, l)")
	activated := swapSubject("", "net.FileListener(os.NewFile(3, *addr))", shutdownServe)
	// These know nothing of signals: they end at once when they are asked to.
	bare := swapSubject("stop()\n\t_ = ctx", "net.Listen(\"tcp\", *addr)", "server.Serve(l)")
	atPort := swapSubject("stop()\n\t_ = ctx", "net.Listen(\"tcp\", \"127.0.0.1:\"+os.Getenv(\"PORT\"))", "server.Serve(l)")
	for _, s := range []*subject{&hot, &keep} {
		s.layOut = withHot(ctx, w, hotreload, "hot", s.layOut)
	}
	named := func(name string, k kind) kind {
		k.name = name
		return k
	}
	return []strategy{
		{named("socket, hot.Serve", hotreloadKind(hotreload)), hot},
		{named("socket, hot.Serve and hot.Keep", hotreloadKind(hotreload)), keep},
		{named("socket, LISTEN_FDS and its own Shutdown", listenKind(hotreload)), activated},
		{named("inject, no signal code", injectKind(hotreload)), bare},
		{named("inject, its own Shutdown", injectKind(hotreload)), plain},
		{named("proxy, PORT", proxyKind(hotreload, false)), atPort},
		{named("proxy, a hard-coded port", proxyKind(hotreload, true)), bare},
		{named("restart", hotreloadKind(hotreload)), plain},
		{airKind(airDefaults, air), plain},
		{airKind(airDelay1, air, "delay = 1"), plain},
	}, nil
}

// listenKind is hotreload told what to pass to the app.
func listenKind(program string) kind {
	return kind{command: func(s subject, p place) ([]string, error) {
		command := []string{program, "--ui", "plain", "--set", "runner.listen=[" + strconv.Quote(p.address) + "]", s.pkg, "--"}
		return append(command, s.args(p.address, p.data)...), nil
	}}
}

// injectKind is hotreload that builds into the app what it needs to hand over.
func injectKind(program string) kind {
	return kind{command: func(s subject, p place) ([]string, error) {
		command := []string{program, "--ui", "plain", "--set", "runner.handover=inject", s.pkg, "--"}
		return append(command, s.args(p.address, p.data)...), nil
	}}
}

// proxyKind is hotreload with a proxy. The app has a port of its own behind it, or is given
// one.
func proxyKind(program string, own bool) kind {
	return kind{command: func(s subject, p place) ([]string, error) {
		command := []string{program, "--ui", "plain", "--set", "proxy.listen=" + p.address}
		if own {
			command = append(command, "--set", "proxy.target="+p.behind)
		}
		return append(append(command, s.pkg, "--"), s.args(p.behind, p.data)...), nil
	}}
}

// measure counts what becomes of requests during some swaps.
func (s strategy) measure(ctx context.Context, w *workspace, swaps, clients int) (map[string]tally, error) {
	c, err := startContender(ctx, w, s.kind, s.subject, "v0v")
	if err != nil {
		return nil, err
	}
	defer c.stop()
	l := startLoad(ctx, c.place.address, clients)
	defer l.end()
	for i := range swaps {
		if _, err := c.turn("v" + strconv.Itoa(i+1) + "v"); err != nil {
			return nil, err
		}
		select { // the old version ends meanwhile, as between two saves of a person
		case <-time.After(betweenSwaps):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return l.end(), nil
}

// betweenSwaps lets the end of an old version be a part of what is measured.
const betweenSwaps = 500 * time.Millisecond
