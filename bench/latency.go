package main

import (
	"context"
	"flag"
	"fmt"
	"os"
)

// latency is the subcommand that compares the contenders.
func latency(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench latency", flag.ContinueOnError)
	rounds := flags.Int("rounds", 15, "edits of the small app `N` for each contender")
	pocketbaseRounds := flags.Int("pocketbase-rounds", 7, "edits of PocketBase `N` for each contender; 0 leaves it out")
	only := flags.String("only", "", "measure one `subject`: small or pocketbase")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 0 || *pocketbaseRounds < 0 || *only != "" && *only != "small" && *only != "pocketbase" {
		flags.Usage()
		return errUsage
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.close(&err)
	contestants, err := allKinds(ctx, w)
	if err != nil {
		return err
	}
	fmt.Println(machine())
	if *rounds > 0 && *only != "pocketbase" {
		if err := compare(ctx, w, smallApp(), contestants, *rounds); err != nil {
			return fmt.Errorf("small app: %w", err)
		}
	}
	if *pocketbaseRounds > 0 && *only != "small" {
		s, err := pocketBase(ctx, w)
		if err != nil {
			return err
		}
		if err := compare(ctx, w, s, contestants, *pocketbaseRounds); err != nil {
			return fmt.Errorf("PocketBase: %w", err)
		}
	}
	return nil
}

// compare measures one subject and prints its tables.
func compare(ctx context.Context, w *workspace, s subject, kinds []kind, rounds int) error {
	times, err := measure(ctx, w, s, kinds, rounds)
	if err != nil {
		return err
	}
	r := result{title: s.name, budgets: s.budgets}
	for i, k := range kinds {
		r.rows = append(r.rows, row{name: k.name, times: times[i]})
	}
	_, err = r.WriteTo(os.Stdout)
	return err
}
