// Command fleet is an app of which several instances run: see demo/main.go.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
)

const greeting = "hello"

func main() {
	address := flag.String("addr", "127.0.0.1:18080", "listen on `ADDRESS`")
	flag.Parse()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, greeting) })
	log.Println("listening on", *address)
	log.Fatal(http.ListenAndServe(*address, nil))
}
