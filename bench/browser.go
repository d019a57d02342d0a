package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// The budgets, in milliseconds; that of a stylesheet includes the quiet window.
const (
	styleBudget  = 60
	reloadBudget = 20
)

// browserBench is the subcommand that measures how open pages follow what is saved.
func browserBench(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench browser", flag.ContinueOnError)
	rounds := flags.Int("rounds", 9, "rounds `N`")
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
	all, err := reloaders(ctx, w)
	if err != nil {
		return err
	}
	fmt.Println(machine())
	if err := followAll(ctx, w, all, *rounds); err != nil {
		return err
	}
	return withScript(ctx, w, *rounds)
}

// follower is a page in a browser, and the tool that has it follow what is saved.
type follower struct {
	reloader
	*teller
	tab
	place   place
	subject subject

	style, shown, reload, loads []float64 // by round: milliseconds, and how often the page was loaded for an edit
}

// followAll takes the times of all tools, in turns.
func followAll(ctx context.Context, w *workspace, all []reloader, rounds int) error {
	chromium, stop, err := openChromium(ctx)
	if err != nil {
		return err
	}
	defer stop()
	next := versions()
	var followers []*follower
	defer func() {
		for _, f := range followers {
			f.teller.stop()
		}
	}()
	for _, r := range all {
		progress("first build by %s", r.name)
		f, err := follow(ctx, w, chromium, r, next())
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		followers = append(followers, f)
	}
	for round := range rounds + 1 { // the first one warms up
		progress("round %d of %d", round, rounds)
		for _, turn := range rand.Perm(len(followers)) {
			if err := followers[turn].round(ctx, round, next()); err != nil {
				return fmt.Errorf("%s: %w", followers[turn].name, err)
			}
		}
	}
	tabulate(followers)
	return nil
}

// follow starts a tool on an app of its own, and opens the page.
func follow(ctx context.Context, w *workspace, chromium context.Context, r reloader, version string) (*follower, error) {
	f := &follower{reloader: r, subject: site()}
	var err error
	if f.place, err = newPlace(ctx, w); err != nil {
		return nil, err
	}
	if err := f.subject.layOut(f.place.tree); err != nil {
		return nil, err
	}
	if err := f.subject.edit(f.place.tree, version); err != nil {
		return nil, err
	}
	command, err := r.command(f.place)
	if err != nil {
		return nil, err
	}
	if f.teller, err = startTeller(w, f.place.tree, command...); err != nil {
		return nil, err
	}
	if err := awaitPage(ctx, f.place.address, version); err != nil {
		f.teller.stop()
		return nil, err
	}
	if f.tab, err = openTab(chromium, "http://"+f.place.address); err != nil {
		f.teller.stop()
		return nil, err
	}
	return f, nil
}

// round saves a stylesheet, and then the source.
func (f *follower) round(ctx context.Context, round int, version string) error {
	if err := pause(ctx, calm); err != nil {
		return err
	}
	began := time.Now()
	if err := os.WriteFile(filepath.Join(f.place.tree, siteStyle), []byte(styleOf(round+1)), 0o644); err != nil {
		return fmt.Errorf("write the stylesheet: %w", err)
	}
	applied, err := f.until("getComputedStyle(document.querySelector('h1')).color === '" + colorOf(round+1) + "'")
	if err != nil {
		return err
	}
	style := applied.Sub(began)
	if err := pause(ctx, 2*time.Second); err != nil { // air and templ restart the app for it
		return err
	}
	before, err := f.number("+sessionStorage.loads")
	if err != nil {
		return err
	}
	began = time.Now()
	if err := f.subject.edit(f.place.tree, version); err != nil {
		return err
	}
	shown, err := f.until("document.querySelector('h1').textContent === '" + version + "'")
	if err != nil {
		return err
	}
	if err := pause(ctx, calm); err != nil { // for what may still reload the page
		return err
	}
	after, err := f.number("+sessionStorage.loads")
	if err != nil || round == 0 {
		return err
	}
	f.style, f.shown, f.loads = append(f.style, toMS(style)), append(f.shown, toMS(shown.Sub(began))), append(f.loads, after-before)
	return f.tookToReload(ctx, began)
}

// tookToReload takes the time between the version serving, as the tool tells, and the start of the
// page's reload.
func (f *follower) tookToReload(ctx context.Context, since time.Time) error {
	if !f.tells {
		return nil
	}
	ready, err := f.event(ctx, "app.ready", func(e event) bool { return e.Time.After(since) }, nil)
	if err != nil {
		return err
	}
	left, err := f.number("performance.timeOrigin") // when the page that is there now was asked for
	if err != nil {
		return err
	}
	f.reload = append(f.reload, toMS(pageTime(left).Sub(ready.Time)))
	return nil
}

func toMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// tabulate prints what the rounds gave.
func tabulate(all []*follower) {
	fmt.Printf("\n### A page in Chromium, %d rounds\n\n", len(all[0].style))
	fmt.Printf("| tool | stylesheet saved until applied, median ms (middle half) | source saved until shown | loads for one save of the source |\n|---|---|---|---|\n")
	for _, f := range all {
		fmt.Printf("| %s | %s | %s | %.1f |\n", f.name, middle(f.style), middle(f.shown), mean(f.loads))
	}
	own := all[0]
	style, reload := quantile(own.style, 0.5), quantile(own.reload, 0.5)
	fmt.Printf("\n| hotreload | measured, ms (middle half) | budget |\n|---|---|---|\n")
	fmt.Printf("| a stylesheet saved until it applies, its quiet window of 30 ms included | %s | %s |\n", middle(own.style), verdict("%.0f ms", style, styleBudget))
	fmt.Printf("| a version serves until the page's reload starts | %s | %s |\n", middle(own.reload), verdict("%.0f ms", reload, reloadBudget))
}

// middle is a median with the middle half of the values.
func middle(values []float64) string {
	return fmt.Sprintf("%.0f (%.0f..%.0f)", quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75))
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
