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

	"hotreload/internal/proxy"
	"hotreload/internal/proxy/browser"
)

const (
	// proxyCommand and emptyCommand are subcommands for the bench itself: a proxy, and an
	// app that only answers.
	proxyCommand, emptyCommand = "serve-proxy", "empty"

	// proxyClients ask at a time while throughput is taken.
	proxyClients = 16
	// proxySpell is for how long each is asked in a round.
	proxySpell = 500 * time.Millisecond
	// proxyAsks is how often each is asked in a round for the time of an answer.
	proxyAsks = 200

	throughputBudget = 0.5
	addedBudget      = 1 // ms
)

// proxyBench is the subcommand that measures what the proxy costs.
func proxyBench(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench proxy", flag.ContinueOnError)
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
	web, err := buildExample(ctx, w)
	if err != nil {
		return err
	}
	fmt.Println(machine())
	fmt.Printf("\n### The proxy, keep-alive GETs\n\n")
	fmt.Printf("| app | client | direct, a second | throughput through it | budget | direct, median ms | added | budget |\n|---|---|---|---|---|---|---|---|\n")
	apps := []served{
		{"page of examples/web", func(address string) []string { return []string{web, "-addr", address} }, true},
		{"an empty answer", func(address string) []string { return []string{w.self, emptyCommand, address} }, false},
	}
	for _, app := range apps {
		if err := throughProxy(ctx, w, app, *rounds); err != nil {
			return fmt.Errorf("%s: %w", app.name, err)
		}
	}
	return nil
}

// served is an app that is asked directly and through a proxy.
type served struct {
	name    string
	command func(address string) []string
	bounded bool // the budgets are for it; what is not is reported
}

// buildExample builds the app of the repository's example.
func buildExample(ctx context.Context, w *workspace) (string, error) {
	progress("building examples/web")
	root, err := repository(ctx, w)
	if err != nil {
		return "", err
	}
	out := filepath.Join(w.dir, "web.exe")
	_, err = w.run(ctx, filepath.Join(root, "examples", "web"), "go", "build", "-o", out, ".")
	return out, err
}

// throughProxy takes an app's throughput and the time of its answers, directly
// and through a proxy, in turns, with each kind of client.
func throughProxy(ctx context.Context, w *workspace, app served, rounds int) error {
	target, stopApp, err := startServer(ctx, w, app.command)
	if err != nil {
		return err
	}
	defer stopApp()
	proxy, stopProxy, err := startServer(ctx, w, func(address string) []string { return []string{w.self, proxyCommand, address, target} })
	if err != nil {
		return err
	}
	defer stopProxy()
	for _, client := range askers() {
		var c proxyCost
		for round := range rounds + 1 { // the first one warms up
			progress("%s, %s: round %d of %d", app.name, client.name, round, rounds)
			if err := c.round(ctx, client, [2]string{target, proxy}, round > 0); err != nil {
				return err
			}
		}
		fmt.Println(c.row(app, client.name))
	}
	return nil
}

// proxyCost is what the rounds gave, directly and through the proxy.
type proxyCost struct{ perSecond, times [2][]float64 }

// round asks at both addresses.
func (c *proxyCost) round(ctx context.Context, client askerKind, addresses [2]string, counts bool) error {
	var rate [2]float64
	var err error
	for _, turn := range rand.Perm(2) {
		if rate[turn], err = throughput(ctx, client, addresses[turn]); err != nil {
			return err
		}
	}
	took, err := answerTimes(ctx, client, addresses)
	if err != nil || !counts {
		return err
	}
	for i := range addresses {
		c.perSecond[i], c.times[i] = append(c.perSecond[i], rate[i]), append(c.times[i], took[i])
	}
	return nil
}

func (c *proxyCost) row(app served, client string) string {
	ratios := pairwise(c.perSecond[1], c.perSecond[0], divide)
	ratio := quantile(ratios, 0.5)
	added := quantile(pairwise(c.times[1], c.times[0], subtract), 0.5)
	var budgets [2]string
	if app.bounded {
		budgets = [2]string{atLeast(ratio, throughputBudget), verdict("%.0f ms", added, addedBudget)}
	}
	return fmt.Sprintf("| %s | %s | %.0f | %.2f (%.2f..%.2f) | %s | %.2f | +%.2f | %s |", app.name, client, quantile(c.perSecond[0], 0.5),
		ratio, quantile(ratios, 0.25), quantile(ratios, 0.75), budgets[0], quantile(c.times[0], 0.5), added, budgets[1])
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
func throughput(ctx context.Context, client askerKind, address string) (float64, error) {
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
			ask, end := client.open(address)
			defer end()
			for ctx.Err() == nil {
				if errs[i] = ask(); errs[i] != nil {
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
func answerTimes(ctx context.Context, client askerKind, addresses [2]string) (medians [2]float64, err error) {
	var asks [2]func() error
	var times [2][]float64
	for i, address := range addresses {
		ask, end := client.open(address)
		defer end()
		asks[i] = ask
	}
	for n := 0; n < proxyAsks && ctx.Err() == nil; n++ {
		for i, ask := range asks {
			began := time.Now()
			if err := ask(); err != nil {
				return medians, err
			}
			times[i] = append(times[i], float64(time.Since(began))/float64(time.Millisecond))
		}
	}
	if ctx.Err() != nil {
		return medians, context.Cause(ctx)
	}
	for i := range medians {
		medians[i] = quantile(times[i], 0.5)
	}
	return medians, nil
}

// askerKind is a kind of client. What it takes itself is in both measures, so
// the more it takes the less of the proxy's cost shows.
type askerKind struct {
	name string
	open func(address string) (ask func() error, end func())
}

func askers() []askerKind {
	return []askerKind{
		{"net/http", openNetHTTP},      // as most load generators in Go
		{"the barest one", openBarest}, // what it takes is next to nothing
	}
}

func openNetHTTP(address string) (ask func() error, end func()) {
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}
	ask = func() error {
		res, err := client.Get("http://" + address)
		if err != nil {
			return err
		}
		return accept(res)
	}
	return ask, transport.CloseIdleConnections
}

func openBarest(address string) (ask func() error, end func()) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return func() error { return err }, func() {}
	}
	r := bufio.NewReader(c)
	ask = func() error {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: bench\r\n\r\n"); err != nil {
			return err
		}
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			return err
		}
		return accept(res)
	}
	return ask, func() { c.Close() }
}

// accept reads an answer to its end.
func accept(res *http.Response) error {
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", res.Status)
	}
	return nil
}

// serveProxy is a subcommand for the bench itself: serve-proxy LISTEN TARGET [PAGES], which is
// on if pages get the script by which they reload.
func serveProxy(ctx context.Context, args []string) error {
	if len(args) != 2 && len(args) != 3 {
		return errUsage
	}
	p, err := proxy.New(proxy.Config{Listen: args[0]}, nil)
	if err != nil {
		return err
	}
	if len(args) == 3 && args[2] == "on" {
		p.Pages(browser.New(browser.Options{}))
	}
	if err := p.Listen(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	if _, err := p.Switch(args[1], 1); err != nil {
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
