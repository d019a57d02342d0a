package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	treeDirs, filesInDir = 5000, 10
	checkoutFiles        = 2000
	quietWindow          = 30 * time.Millisecond // hotreload's default
	watchPatience        = 2 * time.Minute
	// bystander is a file that the app is not built from.
	bystander = "notes.txt"

	armedBudget   = 500 // ms
	memoryBudget  = 60  // MB
	settledBudget = 5   // ms
)

// watch is the subcommand that takes how fast and how frugal the watching is.
func watch(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench watch", flag.ContinueOnError)
	rounds := flags.Int("rounds", 7, "starts of each `N`")
	saves := flags.Int("saves", 50, "saves `N` of which the batch is timed")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 1 || *saves < 1 {
		flags.Usage()
		return errUsage
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.close(&err)
	hotreload, err := buildHotreload(ctx, w)
	if err != nil {
		return err
	}
	air, err := installAir(ctx, w)
	if err != nil {
		return err
	}
	fmt.Println(machine())
	b := watchBench{w: w, hotreload: []string{hotreload, "--ui", "json", "."}, air: []string{air}}
	if err := b.arm(ctx, *rounds); err != nil {
		return fmt.Errorf("arming: %w", err)
	}
	if err := b.settle(ctx, *saves); err != nil {
		return fmt.Errorf("settling: %w", err)
	}
	if err := b.checkout(ctx); err != nil {
		return fmt.Errorf("checkout: %w", err)
	}
	return nil
}

type watchBench struct {
	w              *workspace
	hotreload, air []string
}

// waiter is an app that prints that it runs, and waits.
const waiter = `package main

import "time"

const version = ` + "`" + versionMark + "`" + `

func main() {
	println(version)
	time.Sleep(time.Hour)
}
`

// layOutWaiter writes the app into a new tree.
func (b *watchBench) layOutWaiter() (string, error) {
	dir, err := os.MkdirTemp(b.w.dir, "")
	if err != nil {
		return "", err
	}
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module waiter\n\ngo 1.26\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "main.go"), []byte(waiter), 0o644),
	)
	return dir, err
}

// arm times how long each takes to have a big tree under watch.
func (b *watchBench) arm(ctx context.Context, rounds int) error {
	dir, err := b.layOutWaiter()
	if err != nil {
		return err
	}
	progress("laying out %d files", treeDirs*filesInDir)
	for d := range treeDirs {
		sub := filepath.Join(dir, fmt.Sprintf("d%d", d/100), fmt.Sprintf("e%d", d%100))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return err
		}
		for f := range filesInDir {
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("f%d.txt", f)), nil, 0o644); err != nil {
				return err
			}
		}
	}
	var own, other row
	var inside, memory []float64
	for round := range rounds {
		progress("arming: round %d of %d", round+1, rounds)
		took, ready, peak, err := b.armHotreload(ctx, dir)
		if err != nil {
			return fmt.Errorf("hotreload: %w", err)
		}
		own.times = append(own.times, took)
		inside, memory = append(inside, ready), append(memory, peak)
		if took, err = b.armAir(ctx, dir); err != nil {
			return fmt.Errorf("air: %w", err)
		}
		other.times = append(other.times, took)
	}
	ratio := quantile(pairwise(own.milliseconds(), other.milliseconds(), divide), 0.5)
	fmt.Printf("\n### Armed on %d files in %d directories\n\n", treeDirs*filesInDir, treeDirs)
	fmt.Printf("| | median | budget |\n|---|---|---|\n")
	fmt.Printf("| hotreload: tree walked and watched, ms | %.0f | %s |\n", quantile(inside, 0.5), verdict("%.0f", quantile(inside, 0.5), armedBudget))
	fmt.Printf("| hotreload: most memory so far, MB | %.0f | %s |\n", quantile(memory, 0.5), verdict("%.0f", quantile(memory, 0.5), memoryBudget))
	fmt.Printf("| hotreload: from its start until armed, ms | %.0f | |\n", quantile(own.milliseconds(), 0.5))
	fmt.Printf("| air: from its start until armed, ms | %.0f | |\n", quantile(other.milliseconds(), 0.5))
	fmt.Printf("| hotreload against air | %.2f | |\n", ratio)
	return nil
}

func (b *watchBench) armHotreload(ctx context.Context, dir string) (took time.Duration, inside, memory float64, err error) {
	t, err := startTeller(b.w, dir, b.hotreload...)
	if err != nil {
		return 0, 0, 0, err
	}
	defer t.stop()
	ctx, cancel := context.WithTimeoutCause(ctx, watchPatience, errors.New("it took too long"))
	defer cancel()
	pid := 0
	line, err := t.await(ctx, "watch.ready", func(text string) bool {
		if _, after, ok := strings.Cut(text, `"pid":`); ok && pid == 0 {
			pid, _ = strconv.Atoi(after[:strings.IndexAny(after, ",}")])
		}
		return strings.Contains(text, `"type":"watch.ready"`)
	})
	if err != nil {
		return 0, 0, 0, err
	}
	if memory, err = peakMemory(pid); err != nil {
		return 0, 0, 0, err
	}
	_, after, _ := strings.Cut(line.text, `"ms":`)
	inside, err = strconv.ParseFloat(after[:strings.IndexAny(after, ",}")], 64)
	return line.at.Sub(t.began), inside, memory, err
}

func (b *watchBench) armAir(ctx context.Context, dir string) (time.Duration, error) {
	t, err := startTeller(b.w, dir, b.air...)
	if err != nil {
		return 0, err
	}
	defer t.stop()
	ctx, cancel := context.WithTimeoutCause(ctx, watchPatience, errors.New("it took too long"))
	defer cancel()
	line, err := t.await(ctx, "building", func(text string) bool { return strings.Contains(text, "building...") })
	return line.at.Sub(t.began), err
}

// peakMemory is the most that a process has had resident, in megabytes.
func peakMemory(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read its memory: %w", err)
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kb, err := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64)
			return kb / 1000, err
		}
	}
	return 0, errors.New("the system does not tell how much memory it has")
}

// settle times batches from the write to the end of the quiet window.
func (b *watchBench) settle(ctx context.Context, saves int) error {
	dir, err := b.layOutWaiter()
	if err != nil {
		return err
	}
	t, err := startTeller(b.w, dir, b.hotreload...)
	if err != nil {
		return err
	}
	defer t.stop()
	ctx, cancel := context.WithTimeoutCause(ctx, watchPatience, errors.New("it took too long"))
	defer cancel()
	if _, err := t.event(ctx, "cycle", nil, nil); err != nil {
		return err
	}
	var beyond []float64
	for n := range saves {
		if err := pause(ctx, calm/5); err != nil {
			return err
		}
		wrote := time.Now()
		if err := os.WriteFile(filepath.Join(dir, bystander), []byte(strconv.Itoa(n)), 0o644); err != nil {
			return err
		}
		e, err := t.event(ctx, "change", concerns(bystander), nil)
		if err != nil {
			return err
		}
		beyond = append(beyond, float64(e.Time.Sub(wrote)-quietWindow)/float64(time.Millisecond))
	}
	median := quantile(beyond, 0.5)
	fmt.Printf("\n### From a write to its settled batch, beyond the quiet window of %v\n\n", quietWindow)
	fmt.Printf("| median, ms | middle half | nine of ten below | budget |\n|---|---|---|---|\n")
	fmt.Printf("| %.1f | %.1f..%.1f | %.1f | %s |\n", median,
		quantile(beyond, 0.25), quantile(beyond, 0.75), quantile(beyond, 0.9), verdict("%.0f", median, settledBudget))
	return nil
}

// checkout counts what a switch of branches leads to that changes many files.
func (b *watchBench) checkout(ctx context.Context) error {
	dir, err := b.layOutWaiter()
	if err != nil {
		return err
	}
	progress("checkout of %d files", checkoutFiles)
	git := func(args ...string) error {
		args = append([]string{"git", "-c", "user.name=bench", "-c", "user.email=bench@example.com"}, args...)
		_, err := b.w.run(ctx, dir, args...)
		return err
	}
	if err := git("init", "-q", "-b", "one"); err != nil {
		return err
	}
	for _, branch := range []string{"one", "two"} {
		if branch != "one" {
			if err := git("checkout", "-q", "-b", branch); err != nil {
				return err
			}
		}
		if err := branchTree(dir, branch); err != nil {
			return err
		}
		if err := errors.Join(git("add", "."), git("commit", "-q", "-m", branch)); err != nil {
			return err
		}
	}
	t, err := startTeller(b.w, dir, b.hotreload...)
	if err != nil {
		return err
	}
	defer t.stop()
	ctx, cancel := context.WithTimeoutCause(ctx, watchPatience, errors.New("it took too long"))
	defer cancel()
	if _, err := t.event(ctx, "cycle", nil, nil); err != nil {
		return err
	}
	if err := git("checkout", "-q", "one"); err != nil {
		return err
	}
	seen := map[string]int{}
	if _, err := t.event(ctx, "cycle", nil, seen); err != nil {
		return err
	}
	// What comes late comes before this.
	if err := os.WriteFile(filepath.Join(dir, bystander), nil, 0o644); err != nil {
		return err
	}
	if _, err := t.event(ctx, "change", concerns(bystander), seen); err != nil {
		return err
	}
	fmt.Printf("\n### A checkout that touches %d files\n\n", checkoutFiles)
	fmt.Printf("| | count | budget |\n|---|---|---|\n")
	fmt.Printf("| builds | %d | %s |\n", seen["build.start"], verdict("%.0f", float64(seen["build.start"]), 1))
	fmt.Printf("| new processes | %d | %s |\n", seen["app.start"], verdict("%.0f", float64(seen["app.start"]), 1))
	return nil
}

// branchTree writes files that differ from branch to branch, the app's one too.
func branchTree(dir, branch string) error {
	for f := range checkoutFiles - 1 {
		file := filepath.Join(dir, fmt.Sprintf("p%d", f%50), fmt.Sprintf("f%d.go", f))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		text := fmt.Sprintf("package p%d\n\nconst C%d = %q\n", f%50, f, branch)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "main.go"), []byte(strings.Replace(waiter, versionMark, branch, 1)), 0o644)
}
