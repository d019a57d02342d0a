// Command hotreload watches a Go project, rebuilds what a change touches and
// makes the change live. See README.md.
package main

import (
	"embed"
	"os"

	"hotreload/internal/cli"
)

// sources are what `hotreload add` writes into an app's module.
//
//go:embed go.mod hot internal/appsock/wire internal/pagescript
var sources embed.FS

func main() { os.Exit(cli.Main(os.Args[1:], sources)) }
