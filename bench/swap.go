package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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
	fmt.Println(machine())
	fmt.Printf("\n### %d swaps under load: failed / answered, and the longest wait\n\n", *swaps)
	fmt.Printf("| strategy | %s |\n|---|%s\n", strings.Join(clientKinds(), " | "), strings.Repeat("---|", len(clientKinds())))
	for _, s := range strategies {
		progress("%s", s.kind.name)
		tallies, err := s.measure(ctx, w, *swaps, *clients)
		if err != nil {
			return err
		}
		fmt.Printf("| %s |", s.kind.name)
		for _, kind := range clientKinds() {
			t := tallies[kind]
			fmt.Printf(" %d / %d, %d ms |", t.failed, t.answered, t.longest.Milliseconds())
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
	module, err := w.run(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}", "hotreload")
	if err != nil {
		return nil, err
	}
	replace := "\nrequire hotreload v0.0.0\n\nreplace hotreload => " + strings.TrimSpace(string(module)) + "\n"
	plain := swapSubject("", "net.Listen(\"tcp\", *addr)", shutdownServe, "")
	hot := swapSubject("", "hot.Listen(\"tcp\", *addr)", "hot.Serve(ctx, server, l)", replace)
	keep := swapSubject("var n int\n\thot.Keep(\"n\", &n)", "hot.Listen(\"tcp\", *addr)", "hot.Serve(ctx, server, l)", replace)
	activated := swapSubject("", "net.FileListener(os.NewFile(3, *addr))", shutdownServe, "")
	named := func(name string, k kind) kind {
		k.name = name
		return k
	}
	return []strategy{
		{named("socket, hot.Serve", hotreloadKind(hotreload)), hot},
		{named("socket, hot.Serve and hot.Keep", hotreloadKind(hotreload)), keep},
		{named("socket, LISTEN_FDS and its own Shutdown", listenKind(hotreload)), activated},
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

// shutdownServe is how an app ends in good order that knows nothing of hotreload.
const shutdownServe = `func() error {
		ended := make(chan error)
		go func() { <-ctx.Done(); ended <- server.Shutdown(context.Background()) }()
		if err := server.Serve(l); err != http.ErrServerClosed { return err }
		return <-ended
	}()`

// swapSubject is a small app, told how to listen and to serve. It takes a while to start.
func swapSubject(before, listen, serve, module string) subject {
	source := strings.NewReplacer("BEFORE", before, "LISTEN", listen, "SERVE", serve).Replace(swapMain)
	if module == "" {
		source = strings.Replace(source, "\t\"hotreload/hot\"\n", "", 1)
	}
	s := subject{name: "Small app", pkg: ".", file: "main.go", source: source}
	s.args = func(address, _ string) []string { return []string{"-addr", address} }
	s.layOut = func(tree string) error {
		err := os.MkdirAll(tree, 0o755)
		if err == nil {
			err = os.WriteFile(filepath.Join(tree, "go.mod"), []byte(smallModule+module), 0o644)
		}
		if err != nil {
			return fmt.Errorf("lay out the app: %w", err)
		}
		return nil
	}
	return s
}

const swapMain = `package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"hotreload/hot"
)

const version = "` + versionMark + `"

var _ = net.Listen // not every kind of this app needs it

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	BEFORE
	time.Sleep(200 * time.Millisecond) // its start
	l, err := LISTEN
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("version " + version + "\n"))
	})}
	if err := SERVE; err != nil {
		log.Fatal(err)
	}
}
`
