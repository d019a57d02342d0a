package main

// smallApp is a web app of two packages that are its own.
func smallApp() subject {
	return subject{
		name: "Small app", pkg: ".", file: "main.go", source: smallMain,
		budgets: []budget{
			{against: plainBuild, ratio: 0.80},
			{against: buildWithoutDWARF, ratio: 0.45},
			{against: hotreloadWhole},
			{against: airDefaults, ratio: 0.30},
			{against: airDelay1, ratio: 0.35},
		},
		layOut: func(tree string) error {
			return writeFiles(tree, map[string]string{"go.mod": smallModule, "page/page.go": smallPage})
		},
		args: func(address, _ string) []string { return []string{"-addr", address} },
	}
}

const smallModule = `module small

go 1.26.0
`

const smallMain = `package main

import (
	"flag"
	"log"
	"net/http"

	"small/page"
)

const version = "` + versionMark + `"

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	flag.Parse()
	http.HandleFunc("GET /__version", func(w http.ResponseWriter, r *http.Request) { page.Write(w, version) })
	log.Fatal(http.ListenAndServe(*addr, nil))
}
`

const smallPage = `// Package page renders what the app answers.
package page

import (
	"fmt"
	"io"
)

// Write writes the page.
func Write(w io.Writer, version string) { fmt.Fprintf(w, "version %s\n", version) }
`
