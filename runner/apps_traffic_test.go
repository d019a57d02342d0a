//go:build unix

package runner

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

// plainApps know nothing of hotreload, nor of signals. Their arguments are an address, which
// not all of them use, and a name to answer with.
var plainApps = map[string]func(){
	"at PORT":       func() { serveAt("127.0.0.1:" + os.Getenv("PORT")) },
	"at its own":    func() { serveAt(os.Args[1]) },
	"at both":       func() { mustOpen(os.Args[1]); serveAt(":" + os.Getenv("PORT")) },
	"tcp and http":  tcpAndHTTP,
	"tcp at PORT":   func() { tcp(mustOpen("127.0.0.1:" + os.Getenv("PORT"))) },
	"at [::1]":      func() { serveAt("[::1]" + os.Args[1][strings.LastIndexByte(os.Args[1], ':'):]) },
	"no port":       func() { fmt.Println("up"); block() },
	"crashes plain": func() { fmt.Println("I crash"); os.Exit(7) },
	"panics":        func() { panic("I crash") },
	"hot at PORT":   func() { os.Args[1] = "127.0.0.1:" + os.Getenv("PORT"); swapApps["keep"]() },
}

// tcpAndHTTP speaks HTTP at the higher of two ports.
func tcpAndHTTP() {
	a, b := mustOpen("127.0.0.1:0"), mustOpen("127.0.0.1:0")
	if a.Addr().(*net.TCPAddr).Port > b.Addr().(*net.TCPAddr).Port {
		a, b = b, a
	}
	go tcp(a)
	fmt.Println("HTTP at", b.Addr())
	log.Fatal(http.Serve(b, handler()))
}

// tcp speaks a protocol of its own.
func tcp(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintln(conn, "INFO {}")
		go io.Copy(io.Discard, conn)
	}
}

func serveAt(address string) {
	l := mustOpen(address)
	fmt.Println("up")
	log.Fatal(http.Serve(l, handler()))
}

func mustOpen(address string) net.Listener {
	l, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	return l
}
