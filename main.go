// Command hotreload watches a Go project, rebuilds what a change touches and
// makes the change live. See README.md.
package main

import (
	"os"

	"hotreload/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
