// Command counter counts its visitors, and goes on counting when it is changed while
// they come: hotreload swaps its process without losing a request.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"example.com/counter/internal/hot"
)

// greeting is what to change while it runs.
const greeting = "Welcome"

// visits are counted across versions.
type visits struct {
	sync.Mutex
	Count int
}

func (v *visits) another() int {
	v.Lock()
	defer v.Unlock()
	v.Count++
	return v.Count
}

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

	var v visits
	hot.Keep("visits", &v)
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s! You are visitor %d.\n", greeting, v.another())
	})

	listener, err := hot.Listen("tcp", addr)
	if err != nil {
		return err
	}
	log.Printf("listening on http://%s", listener.Addr())
	return hot.Serve(ctx, &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}, listener)
}
