package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// bus is the subcommand that takes how long a save needs to be served at instances
// elsewhere, and how much of a version travels to them.
func bus(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench bus", flag.ContinueOnError)
	rounds := flags.Int("rounds", 15, "saves `N` for each number of instances")
	pocketbaseRounds := flags.Int("pocketbase-rounds", 5, "saves `N` of each kind in PocketBase; 0 leaves it out")
	rollouts := flags.Int("rollouts", 20, "new versions `N` under load, for each way to take over; 0 leaves it out")
	only := flags.String("only", "", "under load, the ways whose names contain `TEXT`")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 0 || *pocketbaseRounds < 0 || *rollouts < 0 {
		flags.Usage()
		return errUsage
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.close(&err)
	hotreload, err := buildWithBroker(ctx, w)
	if err != nil {
		return err
	}
	fmt.Println(machine())
	if *rounds > 0 {
		if err := busTimes(ctx, w, hotreload, *rounds); err != nil {
			return err
		}
	}
	if *rollouts > 0 {
		if err := busLosses(ctx, w, hotreload, *rollouts, *only); err != nil {
			return err
		}
	}
	if *pocketbaseRounds > 0 {
		return busBytes(ctx, w, hotreload, *pocketbaseRounds)
	}
	return nil
}

// buildWithBroker builds hotreload, and its broker beside it.
func buildWithBroker(ctx context.Context, w *workspace) (string, error) {
	hotreload, err := buildHotreload(ctx, w)
	if err != nil {
		return "", err
	}
	root, err := repository(ctx, w)
	if err != nil {
		return "", err
	}
	progress("building hotreload-broker")
	bin := filepath.Dir(hotreload) + string(filepath.Separator)
	if _, err := w.run(ctx, filepath.Join(root, "hotreload-broker"), "go", "build", "-o", bin, "."); err != nil {
		return "", fmt.Errorf("build the broker: %w", err)
	}
	return hotreload, nil
}

// busBudgets are how much longer a save may take with so many instances, which share the machine.
var busBudgets = []struct {
	instances int
	ratio     float64
}{{1, 1.3}, {5, 1.5}, {20, 2.5}}

// busTimes compares sessions without and with instances.
func busTimes(ctx context.Context, w *workspace, hotreload string, rounds int) error {
	next, s := versions(), smallApp()
	var fleets []*fleet
	defer func() {
		for _, f := range fleets {
			f.stop()
		}
	}()
	for i := range len(busBudgets) + 1 {
		progress("a session with %d instances", instancesOf(i))
		o := fleetOptions{hotreload: hotreload, subject: s, instances: instancesOf(i), session: []string{"--set", "bus.rollout=all"}}
		f, err := startFleet(ctx, w, o, next())
		if err != nil {
			return err
		}
		fleets = append(fleets, f)
	}
	times := make([][]time.Duration, len(fleets))
	for round := range rounds + 1 { // the first one warms up
		progress("round %d of %d", round, rounds)
		for _, turn := range rand.Perm(len(fleets)) {
			if err := pause(ctx, calm); err != nil {
				return err
			}
			took, _, err := fleets[turn].turn(ctx, func(tree string) error { return s.edit(tree, next()) })
			if err != nil {
				return err
			}
			if round > 0 {
				times[turn] = append(times[turn], took)
			}
		}
	}
	printBusTimes(times)
	return nil
}

// printBusTimes prints the times of sessions without instances, and with as many as the budgets
// have.
func printBusTimes(times [][]time.Duration) {
	fmt.Printf("\n### A save of the small app, until it is served everywhere\n\n")
	fmt.Printf("| instances | median, ms | min..max, ms | against none (middle half) | budget |\n|---|---|---|---|---|\n")
	plain := row{times: times[0]}.milliseconds()
	for i := range times {
		ms := row{times: times[i]}.milliseconds()
		fmt.Printf("| %d | %.0f | %.0f..%.0f |", instancesOf(i), quantile(ms, 0.5), slices.Min(ms), slices.Max(ms))
		if i == 0 {
			fmt.Printf(" | |\n")
			continue
		}
		ratios := pairwise(ms, plain, divide)
		ratio := quantile(ratios, 0.5)
		fmt.Printf(" %.2f (%.2f..%.2f) | %s |\n", ratio, quantile(ratios, 0.25), quantile(ratios, 0.75), verdict("%.2f", ratio, busBudgets[i-1].ratio))
	}
}

// instancesOf is the number of instances in the i-th row.
func instancesOf(i int) int {
	if i == 0 {
		return 0
	}
	return busBudgets[i-1].instances
}

// busLosses counts the requests that are lost while versions come to five instances under load.
func busLosses(ctx context.Context, w *workspace, hotreload string, rollouts int, only string) error {
	const instances = 5
	hot := swapSubject("", "hot.Listen(\"tcp\", *addr)", "hot.Serve(ctx, server, l)")
	hot.layOut = withHot(ctx, w, hotreload, "hot", hot.layOut)
	bare := swapSubject("stop()\n\t_ = ctx", "net.Listen(\"tcp\", *addr)", "server.Serve(l)")
	atPort := swapSubject("stop()\n\t_ = ctx", "net.Listen(\"tcp\", \"127.0.0.1:\"+os.Getenv(\"PORT\"))", "server.Serve(l)")
	fmt.Printf("\n### %d rollouts over %d instances under load: failed / answered, and the longest wait\n\n| strategy | %s | %s |\n|---|---|---|\n",
		rollouts, instances, clients[0].kind, clients[2].kind)
	for name, o := range map[string]fleetOptions{
		"socket, hot.Serve":      {subject: hot},
		"inject, no signal code": {subject: bare, session: []string{"--set", "runner.handover=inject"}},
		"proxy, PORT":            {subject: atPort, proxied: true},
	} {
		if !strings.Contains(name, only) {
			continue
		}
		progress("%s", name)
		o.hotreload, o.instances = hotreload, instances
		o.session = append(o.session, "--set", "bus.ready=200ms")
		all, err := o.rollOut(ctx, w, rollouts)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Printf("| %s | %s | %s |\n", name, all[clients[0].kind], all[clients[2].kind])
	}
	return nil
}

// rollOut has all instances asked while versions come, and counts.
func (o fleetOptions) rollOut(ctx context.Context, w *workspace, rollouts int) (map[string]tally, error) {
	next := versions()
	f, err := startFleet(ctx, w, o, next())
	if err != nil {
		return nil, err
	}
	defer f.stop()
	var loads []*load
	end := func() map[string]tally {
		all := map[string]tally{}
		for _, l := range loads {
			for kind, t := range l.end() {
				sum := all[kind]
				sum.failed, sum.answered, sum.longest = sum.failed+t.failed, sum.answered+t.answered, max(sum.longest, t.longest)
				all[kind] = sum
			}
		}
		return all
	}
	defer end()
	for _, address := range f.addresses {
		loads = append(loads, startEasyLoad(ctx, address, clients[0].kind, clients[2].kind))
	}
	for i := range rollouts {
		progress("rollout %d of %d", i+1, rollouts)
		if _, _, err := f.turn(ctx, func(tree string) error { return o.subject.edit(tree, next()) }); err != nil {
			return nil, err
		}
		if err := pause(ctx, betweenSwaps); err != nil {
			return nil, err
		}
	}
	return end(), nil
}

// busBytes takes how much of PocketBase travels when a literal changes, and when a function is new.
func busBytes(ctx context.Context, w *workspace, hotreload string, rounds int) error {
	s, err := pocketBase(ctx, w)
	if err != nil {
		return err
	}
	next := versions()
	progress("PocketBase with an instance")
	f, err := startFleet(ctx, w, fleetOptions{hotreload: hotreload, subject: s, instances: 1}, next())
	if err != nil {
		return err
	}
	defer f.stop()
	size, err := largest(filepath.Join(f.place.dir, "instance-0"))
	if err != nil {
		return err
	}
	function := 0
	edits := []struct {
		name   string
		budget float64 // percent of the executable
		edit   func(tree string) error
	}{
		{"a changed literal", 2, func(tree string) error { return f.options.subject.edit(tree, next()) }},
		{"a new function", 7, func(tree string) error {
			function++
			f.options.subject.source += fmt.Sprintf("\nfunc init() { added%d(len(os.Args)) }\n\n//go:noinline\nfunc added%d(n int) {\n\tif n > 1000 {\n\t\tlog.Print(%q, n)\n\t}\n}\n", function, function, next())
			f.options.subject.source = strings.Replace(f.options.subject.source, "\t\"net/http\"\n\n", "\t\"net/http\"\n\t\"os\"\n\n", 1)
			return f.options.subject.edit(tree, next())
		}},
	}
	fmt.Printf("\n### PocketBase at an instance: %.1f MB\n\n", float64(size)/1e6)
	fmt.Printf("| edit | sent, kB (median) | most, kB | of the executable | budget | save to served, ms |\n|---|---|---|---|---|---|\n")
	for _, e := range edits {
		var sent, ms []float64
		for range rounds {
			progress("PocketBase: %s", e.name)
			if err := pause(ctx, calm); err != nil {
				return err
			}
			took, bytes, err := f.turn(ctx, e.edit)
			if err != nil {
				return err
			}
			sent, ms = append(sent, float64(bytes)/1e3), append(ms, float64(took)/float64(time.Millisecond))
		}
		part := 100 * 1e3 * quantile(sent, 0.5) / float64(size)
		fmt.Printf("| %s | %.0f | %.0f | %.2f%% | %s | %.0f |\n", e.name, quantile(sent, 0.5), slices.Max(sent), part, verdict("%.0f%%", part, e.budget), quantile(ms, 0.5))
	}
	return nil
}

// largest is the size of the largest file below a directory: the executable.
func largest(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size = max(size, info.Size())
		}
		return err
	})
	return size, err
}
