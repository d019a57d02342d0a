package main

import "strings"

// This file holds the app that is swapped.

// shutdownServe is how an app ends in good order that knows nothing of hotreload.
const shutdownServe = `func() error {
		ended := make(chan error)
		go func() { <-ctx.Done(); ended <- server.Shutdown(context.Background()) }()
		if err := server.Serve(l); err != http.ErrServerClosed { return err }
		return <-ended
	}()`

// swapSubject is a small app, told how to listen and to serve. It takes a while to start.
func swapSubject(before, listen, serve string) subject {
	source := strings.NewReplacer("BEFORE", before, "LISTEN", listen, "SERVE", serve).Replace(swapMain)
	if !strings.Contains(source, "hot.") {
		source = strings.Replace(source, "\n\t\"small/internal/hot\"\n", "", 1)
	}
	s := subject{name: "Small app", pkg: ".", file: "main.go", source: source}
	s.args = func(address, _ string) []string { return []string{"-addr", address} }
	s.layOut = func(tree string) error { return writeFiles(tree, map[string]string{"go.mod": smallModule}) }
	return s
}

const swapMain = `package main

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"small/internal/hot"
)

const version = "` + versionMark + `"

// Not every kind of this app needs these.
var (
	_    = net.Listen
	addr = flag.String("addr", "127.0.0.1:8080", "where to listen")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	BEFORE
	time.Sleep(200 * time.Millisecond) // its start
	l, err := LISTEN
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("version " + version + "\n")) })
	http.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, n)
	})
	http.HandleFunc("/events", events)
	http.HandleFunc("/socket", socket)
	server := &http.Server{}
	if err := SERVE; err != nil {
		log.Fatal(err)
	}
}

// events is a stream that never ends.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for {
		fmt.Fprint(w, "data: tick\n\n")
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// socket is a WebSocket that sends back short messages.
func socket(w http.ResponseWriter, r *http.Request) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn, both, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(both, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	for {
		if both.Flush() != nil || !sendBack(both) {
			return
		}
	}
}

// sendBack sends one frame back without its mask.
func sendBack(both *bufio.ReadWriter) bool {
	head := make([]byte, 6)
	if _, err := io.ReadFull(both, head); err != nil {
		return false
	}
	body := make([]byte, head[1]&0x7f)
	if _, err := io.ReadFull(both, body); err != nil {
		return false
	}
	for i := range body {
		body[i] ^= head[2+i%4]
	}
	both.Write([]byte{head[0], byte(len(body))})
	both.Write(body)
	return true
}
`
