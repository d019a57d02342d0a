package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bus is the subcommand that takes how long a save needs to be served at instances
// elsewhere, and how much of a version travels to them.
func bus(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench bus", flag.ContinueOnError)
	rounds := flags.Int("rounds", 15, "saves `N` for each number of instances")
	pocketbaseRounds := flags.Int("pocketbase-rounds", 5, "saves `N` of each kind in PocketBase; 0 leaves it out")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 0 || *pocketbaseRounds < 0 {
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

// fleet is a session, and the instances that follow it.
type fleet struct {
	subject subject
	place   place
	session *teller
	agents  []*teller
	version int // that was served last
}

// startFleet starts a session with so many instances, none of them over a bus if there are none.
func startFleet(ctx context.Context, w *workspace, hotreload string, s subject, instances int, version string) (*fleet, error) {
	p, err := newPlace(ctx, w)
	if err != nil {
		return nil, err
	}
	if err := s.layOut(p.tree); err != nil {
		return nil, err
	}
	if err := s.edit(p.tree, version); err != nil {
		return nil, err
	}
	command := []string{hotreload, "--ui", "json"}
	if instances > 0 {
		command = append(command, "--bus", "--set", "bus.rollout=all")
	}
	f := &fleet{subject: s, place: p}
	f.session, err = startTeller(w, p.tree, append(append(command, s.pkg, "--"), s.args(p.address, p.data)...)...)
	if err != nil {
		return nil, err
	}
	if err := f.join(ctx, w, hotreload, instances); err != nil {
		f.stop()
		return nil, err
	}
	return f, nil
}

// join has instances join the session, and waits until they serve.
func (f *fleet) join(ctx context.Context, w *workspace, hotreload string, instances int) error {
	ctx, cancel := context.WithTimeout(ctx, firstPatience)
	defer cancel()
	if _, err := f.session.event(ctx, "app.ready", nil, nil); err != nil || instances == 0 {
		f.version = 1
		return err
	}
	text, err := w.run(ctx, f.place.tree, hotreload, "send", "status")
	if err != nil {
		return err
	}
	var status struct{ Elsewhere struct{ Join string } }
	if err := json.Unmarshal(text, &status); err != nil {
		return fmt.Errorf("read the session's status: %w", err)
	}
	line := strings.Fields(status.Elsewhere.Join)[1:]
	for i := range instances {
		address, err := w.address(ctx)
		if err != nil {
			return err
		}
		name := strconv.Itoa(i)
		dir := filepath.Join(f.place.dir, "instance-"+name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		command := slices.Concat([]string{hotreload}, line, []string{"--name", name, "--cache", dir, "--ui", "json", "--"}, f.subject.args(address, filepath.Join(dir, "data")))
		agent, err := startTeller(w, dir, command...)
		if err != nil {
			return err
		}
		f.agents = append(f.agents, agent)
	}
	_, err = f.served(ctx)
	return err
}

// busEvent is what is needed of an event about instances.
type busEvent struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version int    `json:"version"`
	Bytes   int64  `json:"bytes"`
	Reason  string `json:"reason"`
}

// arrival is a version everywhere.
type arrival struct {
	at    time.Time
	bytes int64 // that an instance was sent
}

// served waits until a newer version is served everywhere.
func (f *fleet) served(ctx context.Context) (arrival, error) {
	var a arrival
	have := map[string]bool{}
	line, err := f.session.await(ctx, "all instances served a version", func(text string) bool {
		var e busEvent
		if json.Unmarshal([]byte(text), &e) != nil {
			return false
		}
		switch {
		case e.Type == "app.ready" && len(f.agents) == 0:
			f.version++
			return true
		case e.Type == "agent.update":
			a.bytes = max(a.bytes, e.Bytes)
		case e.Type == "agent.ready" && e.Version > f.version:
			have[e.Name] = true
			if len(have) == len(f.agents) {
				f.version = e.Version
				return true
			}
		}
		return false
	})
	a.at = line.at
	return a, err
}

// turn has an edit served everywhere.
func (f *fleet) turn(ctx context.Context, edit func(tree string) error) (time.Duration, int64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, editPatience, fmt.Errorf("the edit did not come to life within %v", editPatience))
	defer cancel()
	start := time.Now()
	if err := edit(f.place.tree); err != nil {
		return 0, 0, err
	}
	a, err := f.served(ctx)
	return a.at.Sub(start), a.bytes, err
}

// stop ends the instances and the session.
func (f *fleet) stop() {
	for _, a := range f.agents {
		a.stop()
	}
	f.session.stop()
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
		f, err := startFleet(ctx, w, hotreload, s, instancesOf(i), next())
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

// busBytes takes how much of PocketBase travels when a literal changes, and when a function is new.
func busBytes(ctx context.Context, w *workspace, hotreload string, rounds int) error {
	s, err := pocketBase(ctx, w)
	if err != nil {
		return err
	}
	next := versions()
	progress("PocketBase with an instance")
	f, err := startFleet(ctx, w, hotreload, s, 1, next())
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
		{"a changed literal", 2, func(tree string) error { return f.subject.edit(tree, next()) }},
		{"a new function", 7, func(tree string) error {
			function++
			f.subject.source += fmt.Sprintf("\nfunc init() { added%d(len(os.Args)) }\n\n//go:noinline\nfunc added%d(n int) {\n\tif n > 1000 {\n\t\tlog.Print(%q, n)\n\t}\n}\n", function, function, next())
			f.subject.source = strings.Replace(f.subject.source, "\t\"net/http\"\n\n", "\t\"net/http\"\n\t\"os\"\n\n", 1)
			return f.subject.edit(tree, next())
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
