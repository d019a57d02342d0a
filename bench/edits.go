package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

// edits is the subcommand that takes the times of edits one after the other in a big app:
// what was compiled for one of them must not be compiled again for the next.
func edits(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench edits", flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "times `N` that each contender makes all the edits")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 1 {
		flags.Usage()
		return errUsage
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.close(&err)
	n, err := newNATSServer(ctx, w)
	if err != nil {
		return err
	}
	hotreload, err := buildHotreload(ctx, w)
	if err != nil {
		return err
	}
	fmt.Println(machine())
	return n.compare(ctx, w, []kind{
		hotreloadKind(hotreload, "--set", "build.shared=false"), // or it makes a library beside the others
		hotreloadKind(hotreload, "--set", "build.direct=false").called(hotreloadIndirect),
		loopKind(buildWithoutDWARF, w.self, "-ldflags=-w"),
	}, *rounds)
}

// step is one edit, and what shows that it is live.
type step struct {
	name string
	make func(n natsServer, e *editor) (awaited string, err error)
}

// editor is a contender with the texts that its files have.
type editor struct {
	*contender
	next func() string // a new version

	big, oldBig, main, small string // versions
}

// steps are made in this order, by each contender before the next step.
var steps = []step{
	{"the big package", func(n natsServer, e *editor) (string, error) {
		e.big, e.oldBig = e.next(), e.big
		return e.big, n.big.write(e.place.tree, e.big)
	}},
	{"main, after it", func(n natsServer, e *editor) (string, error) {
		e.main = e.next()
		return e.main + "-" + e.small, n.edit(e.place.tree, e.main)
	}},
	{"an error of syntax in main", func(n natsServer, e *editor) (string, error) {
		return "", file{n.file, strings.Replace(n.source, "func main() {", "func main() {\n\tx := := 1", 1)}.write(e.place.tree, e.main)
	}},
	{"main again, without the error", func(n natsServer, e *editor) (string, error) {
		e.main = e.next()
		return e.main + "-" + e.small, n.edit(e.place.tree, e.main)
	}},
	{"the big package, undone", func(n natsServer, e *editor) (string, error) {
		e.big, e.oldBig = e.oldBig, e.big
		return e.big, n.big.write(e.place.tree, e.big)
	}},
	{"a small package that it imports", smallEdit},
	{"the big package, redone", func(n natsServer, e *editor) (string, error) {
		e.big, e.oldBig = e.oldBig, e.big
		return e.big, n.big.write(e.place.tree, e.big)
	}},
	{"the small package in turn", smallEdit},
	{"a new import in main", func(n natsServer, e *editor) (string, error) {
		e.main = e.next()
		source := strings.Replace(n.source, "import (", "import (\n\t_ \"encoding/ascii85\"", 1)
		return e.main + "-" + e.small, file{n.file, source}.write(e.place.tree, e.main)
	}},
	{"the import removed again", func(n natsServer, e *editor) (string, error) {
		e.main = e.next()
		return e.main + "-" + e.small, n.edit(e.place.tree, e.main)
	}},
}

func smallEdit(n natsServer, e *editor) (string, error) {
	e.small = e.next()
	return e.main + "-" + e.small, n.small.write(e.place.tree, e.small)
}

// take makes the step, and returns how long it took.
func (s step) take(n natsServer, e *editor) (time.Duration, error) {
	log, err := e.log.Stat()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	awaited, err := s.make(n, e)
	if err != nil {
		return 0, err
	}
	if e.ask != nil {
		if _, err := io.WriteString(e.ask, "\n"); err != nil {
			return 0, fmt.Errorf("%s: ask it to build: %w", e.kind.name, err)
		}
	}
	if awaited == "" {
		err = e.awaitText("syntax error", log.Size(), editPatience)
	} else {
		err = e.await(awaited, editPatience)
	}
	return time.Since(start), err
}

// compare takes the steps, and prints a table.
func (n natsServer) compare(ctx context.Context, w *workspace, kinds []kind, rounds int) error {
	var all []*editor
	defer func() {
		for _, e := range all {
			e.stop()
		}
	}()
	for _, k := range kinds {
		progress("%s: first build by %s", n.name, k.name)
		e := &editor{next: versions()}
		e.big, e.main, e.small = e.next(), e.next(), e.next()
		s := n.subject
		s.layOut = func(tree string) error {
			if err := n.layOut(tree); err != nil {
				return err
			}
			if err := n.big.write(tree, e.big); err != nil {
				return err
			}
			return n.small.write(tree, e.small)
		}
		var err error
		if e.contender, err = startContender(ctx, w, k, s, e.main); err != nil {
			return err
		}
		all = append(all, e)
	}
	times := make([][][]time.Duration, len(steps)) // of each step, by contender and round
	for i := range times {
		times[i] = make([][]time.Duration, len(all))
	}
	for round := range rounds + 1 { // the first one warms up
		progress("%s: round %d of %d", n.name, round, rounds)
		for i, s := range steps {
			for _, turn := range rand.Perm(len(all)) {
				if err := pause(ctx, calm); err != nil {
					return err
				}
				took, err := s.take(n, all[turn])
				if err != nil {
					return fmt.Errorf("%s: %w", s.name, err)
				}
				if round > 0 {
					times[i][turn] = append(times[i][turn], took)
				}
			}
		}
	}
	return writeSteps(os.Stdout, n.name, kinds, times)
}

// writeSteps writes a table with a row for each step.
func writeSteps(to io.Writer, title string, kinds []kind, times [][][]time.Duration) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n| edit |", title)
	for _, k := range kinds {
		fmt.Fprintf(&b, " %s, ms |", k.name)
	}
	for _, k := range kinds[1:] {
		fmt.Fprintf(&b, " against %s |", k.name)
	}
	b.WriteString("\n|" + strings.Repeat("---|", 2*len(kinds)) + "\n")
	for i, s := range steps {
		fmt.Fprintf(&b, "| %s |", s.name)
		own := row{times: times[i][0]}.milliseconds()
		for _, times := range times[i] {
			fmt.Fprintf(&b, " %.0f |", quantile(row{times: times}.milliseconds(), 0.5))
		}
		for _, times := range times[i][1:] {
			ratios := pairwise(own, row{times: times}.milliseconds(), divide)
			fmt.Fprintf(&b, " %.2f (%.2f..%.2f) |", quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75))
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(to, b.String())
	return err
}
