// Command hotreload watches a Go project, rebuilds what a change touches and
// makes the change live. See README.md.
package main

import (
	"embed"
	"os"

	"hotreload/internal/cli"
)

// sources are what `hotreload add` writes into an app's module, and what the broker of `hotreload
// --bus` is built from.
//
//go:embed go.mod go.sum hot hotreload-broker internal/appsock/wire internal/bus/broker internal/pagescript
var sources embed.FS

func main() { os.Exit(cli.Main(os.Args[1:], sources)) }
