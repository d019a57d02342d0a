// Package main is the plugin greet: change it, its package words or its page while the
// app runs.
package main

import (
	_ "embed"
	"log"
	"net/http"
	"os"
	"sync"
	"text/template"

	"example.com/plugin/api"
	"example.com/plugin/plugins/greet/words"
)

//go:embed page.txt
var page string

var tmpl = template.Must(template.New("page").Parse(page))

// greeter counts its visitors, also those of former versions: hotreload carries over
// what a version keeps in its fields.
type greeter struct {
	mu     sync.Mutex
	visits int
	names  map[string]int
}

// New is what the app opens.
func New() api.Greeter { return &greeter{names: map[string]int{}} }

func (g *greeter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	g.mu.Lock()
	g.visits++
	g.names[name]++
	view := map[string]any{
		"Hello": words.Hello(name), "Visits": g.visits, "Times": g.names[name], "PID": os.Getpid(),
	}
	g.mu.Unlock()
	if err := tmpl.Execute(w, view); err != nil {
		log.Print(err)
	}
}

func main() {}
