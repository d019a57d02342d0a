//go:build unix

package runner

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

// plainApps know nothing of hotreload, nor of signals. Their arguments are an address, which
// not all of them use, and a name to answer with.
var plainApps = map[string]func(){
	"at PORT":       func() { serveAt("127.0.0.1:" + os.Getenv("PORT")) },
	"at its own":    func() { serveAt(os.Args[1]) },
	"at both":       func() { mustOpen(os.Args[1]); serveAt(":" + os.Getenv("PORT")) },
	"no port":       func() { fmt.Println("up"); block() },
	"crashes plain": func() { fmt.Println("I crash"); os.Exit(7) },
	"hot at PORT":   func() { os.Args[1] = "127.0.0.1:" + os.Getenv("PORT"); swapApps["keep"]() },
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
