// Command plugin serves pages that a Go plugin makes. When the plugin is changed,
// hotreload loads the new version into the process that runs: its counters stay, and
// no request waits for a process to start.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/plugin/api"
	"example.com/plugin/internal/hot"
	"example.com/plugin/internal/hot/hotplug"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "address to listen on")
	flag.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	greet, err := hotplug.Open[api.Greeter]("greet")
	if err != nil {
		return err
	}
	listener, err := hot.Listen("tcp", addr)
	if err != nil {
		return err
	}
	log.Printf("listening on http://%s", listener.Addr())
	server := &http.Server{Handler: hotplug.HTTP(greet), ReadHeaderTimeout: 10 * time.Second}
	return hot.Serve(ctx, server, listener)
}
