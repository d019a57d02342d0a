package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"hotreload/proxy"
)

const (
	// frontCommand and emptyCommand are subcommands for the bench itself: a front
	// door, and an app that does nothing but answer.
	frontCommand, emptyCommand = "front", "empty"

	// proxyClients ask at a time while throughput is taken.
	proxyClients = 16
	// proxySpell is for how long each is asked in a round.
	proxySpell = 500 * time.Millisecond
	// proxyAsks is how often each is asked in a round for the time of an answer.
	proxyAsks = 200

	throughputBudget = 0.5
	addedBudget      = 1 // ms
)

// proxyBench is the subcommand that takes what the front door costs.
func proxyBench(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench proxy", flag.ContinueOnError)
	rounds := flags.Int("rounds", 15, "rounds `N`")
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
	web, err := buildExample(ctx, w)
	if err != nil {
		return err
	}
	fmt.Println(machine())
	fmt.Printf("\n### The front door, keep-alive GETs\n\n")
	fmt.Printf("| app | direct, a second | throughput through it | budget | direct, median ms | added | budget |\n|---|---|---|---|---|---|---|\n")
	page := func(address string) []string { return []string{web, "-addr", address} }
	if err := throughFront(ctx, w, "page of `examples/web`", page, *rounds, true); err != nil {
		return fmt.Errorf("examples/web: %w", err)
	}
	empty := func(address string) []string { return []string{w.self, emptyCommand, address} }
	if err := throughFront(ctx, w, "an empty answer", empty, *rounds, false); err != nil {
		return fmt.Errorf("an empty answer: %w", err)
	}
	return nil
}

// buildExample builds the app of the repository's example.
func buildExample(ctx context.Context, w *workspace) (string, error) {
	progress("building examples/web")
	root, err := w.run(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}", "hotreload")
	if err != nil {
		return "", fmt.Errorf("find examples/web (run the bench inside its repository): %w", err)
	}
	out := filepath.Join(w.dir, "web.exe")
	_, err = w.run(ctx, filepath.Join(strings.TrimSpace(string(root)), "examples", "web"), "go", "build", "-o", out, ".")
	return out, err
}

// throughFront takes an app's throughput and the time of its answers, directly
// and through a front door, in turns.
func throughFront(ctx context.Context, w *workspace, name string, app func(address string) []string, rounds int, bounded bool) error {
	target, stopApp, err := startServer(ctx, w, app)
	if err != nil {
		return err
	}
	defer stopApp()
	front, stopFront, err := startServer(ctx, w, func(address string) []string { return []string{w.self, frontCommand, address, target} })
	if err != nil {
		return err
	}
	defer stopFront()
	both := [2]string{target, front}
	var perSecond, times [2][]float64
	for round := range rounds + 1 { // the first one warms up
		progress("%s: round %d of %d", name, round, rounds)
		var rate, took [2]float64
		for _, turn := range rand.Perm(2) {
			if rate[turn], err = throughput(ctx, both[turn]); err != nil {
				return err
			}
		}
		if took, err = answerTimes(ctx, both); err != nil {
			return err
		}
		if round == 0 {
			continue
		}
		for i := range both {
			perSecond[i], times[i] = append(perSecond[i], rate[i]), append(times[i], took[i])
		}
	}
	ratio := pairwise(perSecond[1], perSecond[0], divide)
	added := quantile(pairwise(times[1], times[0], subtract), 0.5)
	budgets := [2]string{}
	if bounded {
		budgets = [2]string{atLeast(quantile(ratio, 0.5), throughputBudget), verdict("%.0f ms", added, addedBudget)}
	}
	fmt.Printf("| %s | %.0f | %.2f (%.2f..%.2f) | %s | %.2f | %.2f | %s |\n", name, quantile(perSecond[0], 0.5),
		quantile(ratio, 0.5), quantile(ratio, 0.25), quantile(ratio, 0.75), budgets[0], quantile(times[0], 0.5), added, budgets[1])
	return nil
}

// atLeast tells a lower bound and whether it is kept.
func atLeast(value, bound float64) string {
	if value < bound {
		return fmt.Sprintf("%.2f, **missed**", bound)
	}
	return fmt.Sprintf("%.2f, kept", bound)
}

// startServer starts a command that serves at an address, and waits for it.
func startServer(ctx context.Context, w *workspace, command func(address string) []string) (address string, stop func(), err error) {
	if address, err = w.address(ctx); err != nil {
		return "", nil, err
	}
	t, err := startTeller(w, w.dir, command(address)...)
	if err != nil {
		return "", nil, err
	}
	if _, err := t.await(ctx, "it listened", func(text string) bool { return strings.Contains(text, "listening on") }); err != nil {
		t.stop()
		return "", nil, err
	}
	return address, t.stop, nil
}

// throughput is how many answers a second some clients get that ask without
// pause, each over one connection.
func throughput(ctx context.Context, address string) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, proxySpell)
	defer cancel()
	var (
		group  sync.WaitGroup
		counts [proxyClients]int
		errs   [proxyClients]error
	)
	began := time.Now()
	for i := range proxyClients {
		group.Go(func() {
			c, err := newAsker(address)
			if err != nil {
				errs[i] = err
				return
			}
			defer c.Close()
			for ctx.Err() == nil {
				if errs[i] = c.ask(); errs[i] != nil {
					return
				}
				counts[i]++
			}
		})
	}
	group.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / time.Since(began).Seconds(), errors.Join(errs[:]...)
}

// answerTimes are the median times of an answer, in milliseconds, asked for one
// by one at each address in turn.
func answerTimes(ctx context.Context, addresses [2]string) (medians [2]float64, err error) {
	var askers [2]*asker
	var times [2][]float64
	for i, address := range addresses {
		if askers[i], err = newAsker(address); err != nil {
			return medians, err
		}
		defer askers[i].Close()
	}
	for n := 0; n < proxyAsks && ctx.Err() == nil; n++ {
		for i, a := range askers {
			began := time.Now()
			if err := a.ask(); err != nil {
				return medians, err
			}
			times[i] = append(times[i], float64(time.Since(began))/float64(time.Millisecond))
		}
	}
	for i := range medians {
		medians[i] = quantile(times[i], 0.5)
	}
	return medians, context.Cause(ctx)
}

// asker is a client as frugal as can be, so that what is measured is the server.
type asker struct {
	net.Conn
	r *bufio.Reader
}

func newAsker(address string) (*asker, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &asker{c, bufio.NewReader(c)}, nil
}

func (a *asker) ask() error {
	if _, err := io.WriteString(a, "GET / HTTP/1.1\r\nHost: bench\r\n\r\n"); err != nil {
		return err
	}
	res, err := http.ReadResponse(a.r, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", res.Status)
	}
	return nil
}

// front is a subcommand for the bench itself: front LISTEN TARGET.
func front(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	p, err := proxy.New(proxy.Config{Listen: args[0]}, nil)
	if err != nil {
		return err
	}
	if err := p.Listen(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	if _, err := p.Switch(args[1]); err != nil {
		return err
	}
	fmt.Println("listening on", p.URL())
	return <-ended
}

// emptyApp is a subcommand for the bench itself: empty LISTEN.
func emptyApp(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	fmt.Println("listening on", l.Addr())
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
