package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"

	"hotreload/internal/proxy/browser"
)

const (
	// pageCommand is a subcommand for the bench itself: an app whose answer is a page.
	pageCommand = "page"
	// pageSize is how big the page is.
	pageSize = 10_000

	// scriptRounds are for one round of the others: throughput varies more.
	scriptRounds = 3

	scriptBudget = 0.8
)

// withScript takes the throughput of a proxy that puts the script into a page, against one that
// does not.
func withScript(ctx context.Context, w *workspace, rounds int) error {
	rounds *= scriptRounds
	target, stopApp, err := startServer(ctx, w, func(address string) []string { return []string{w.self, pageCommand, address} })
	if err != nil {
		return err
	}
	defer stopApp()
	var addresses [2]string
	for i, pages := range []string{"off", "on"} {
		address, stop, err := startServer(ctx, w, func(address string) []string { return []string{w.self, proxyCommand, address, target, pages} })
		if err != nil {
			return err
		}
		defer stop()
		addresses[i] = address
	}
	if err := awaitPage(ctx, addresses[1], browser.Prefix); err != nil {
		return err
	}
	fmt.Printf("\n### The proxy with the script and without, an HTML page of 10 kB\n\n")
	fmt.Printf("| client | without, a second | with it (middle half) | budget |\n|---|---|---|---|\n")
	for _, client := range askers() {
		var rates [2][]float64
		for round := range rounds + 1 { // the first one warms up
			progress("pages with the script, %s: round %d of %d", client.name, round, rounds)
			for _, turn := range rand.Perm(2) {
				rate, err := throughput(ctx, client, addresses[turn])
				if err != nil {
					return err
				}
				if round > 0 {
					rates[turn] = append(rates[turn], rate)
				}
			}
		}
		ratios := pairwise(rates[1], rates[0], divide)
		ratio := quantile(ratios, 0.5)
		fmt.Printf("| %s | %.0f | %.2f (%.2f..%.2f) | %s |\n", client.name, quantile(rates[0], 0.5),
			ratio, quantile(ratios, 0.25), quantile(ratios, 0.75), atLeast(ratio, scriptBudget))
	}
	return nil
}

// awaitPage returns when a page has a text.
func awaitPage(ctx context.Context, address, text string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, firstPatience, fmt.Errorf("%s shows no page with %q", address, text))
	defer cancel()
	for {
		if page, err := fetch(ctx, "http://"+address); err == nil && strings.Contains(page, text) {
			return nil
		}
		if err := pause(ctx, lookPatience); err != nil {
			return err
		}
	}
}

func fetch(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// pageApp is a subcommand for the bench itself: page LISTEN.
func pageApp(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	fmt.Println("listening on", l.Addr())
	const head = "<!doctype html><html><head><title>page</title></head><body>"
	page := []byte(head + strings.Repeat("<p>text</p>", (pageSize-len(head))/len("<p>text</p>")))
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page)
	})}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
