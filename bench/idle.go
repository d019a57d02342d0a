package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"time"
)

// rest is what hotreload gets to finish what the first start brought with it.
const rest = 3 * time.Second

// idle is the subcommand that takes what hotreload does while nothing happens.
func idle(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench idle", flag.ContinueOnError)
	length := flags.Duration("for", 20*time.Second, "how long to look, a `duration`")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *length <= 0 {
		flags.Usage()
		return errUsage
	}
	if runtime.GOOS != "linux" {
		return errors.New("idle reads /proc, which only Linux has")
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return err
	}
	defer w.close(&err)
	program, err := buildHotreload(ctx, w)
	if err != nil {
		return err
	}
	c, err := startContender(ctx, w, hotreloadKind(program), smallApp(), versions()())
	if err != nil {
		return err
	}
	defer c.stop()
	if err := pause(c.alive, rest); err != nil {
		return err
	}
	return watchIdle(c, *length)
}

// watchIdle looks twice and prints the difference.
func watchIdle(c *contender, length time.Duration) error {
	processes, err := toolProcesses(c.process.PID)
	if err != nil {
		return err
	}
	start := time.Now()
	before, err := usageOf(processes)
	if err != nil {
		return err
	}
	progress("idle for %v", length)
	if err := pause(c.alive, length); err != nil {
		return err
	}
	after, err := usageOf(processes)
	if err != nil {
		return err
	}
	took := time.Since(start).Seconds()
	fmt.Printf("%s\n\n### Idle for %.0f s, small app running\n\n", machine(), took)
	fmt.Printf("| process | CPU time | %% of a core | wake-ups a second |\n|---|---|---|---|\n")
	for i, p := range processes {
		cpu := after[i].cpu - before[i].cpu
		fmt.Printf("| %s | %v | %.3f | %.2f |\n", p.name, cpu, 100*cpu.Seconds()/took, float64(after[i].wakeups-before[i].wakeups)/took)
	}
	return nil
}
