// Command publish puts this module under the address at which it is to be published:
//
//	go run ./internal/publish github.com/you/hotreload
//
// In go the address and the module in this directory, with the modules below it; out come
// their go.mod and Go files with the address in place of the module's former path. What
// always holds: nothing else in a file changes; a second run with the same address changes
// nothing; everything that names one of our packages otherwise derives it, so this is all.
package main

import (
	"fmt"
	"os"
)

func main() { os.Exit(run(os.Args[1:])) }

// run returns the exit status: 2 for wrong arguments, 1 if the module cannot be renamed.
func run(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "publish: which address? For example: go run ./internal/publish github.com/you/hotreload")
		return 2
	}
	changed, err := rename(".", args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, "publish:", err)
		return 1
	}
	fmt.Printf("%d files changed; push them, and this installs the tool: go install %s@latest\n", changed, args[0])
	return 0
}
