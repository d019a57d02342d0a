// Command hotreload-broker is the NATS server that hotreload --bus starts. It is told what to
// do on its input, says on its output where it listens, and ends with its input: see package
// broker.
package main

import (
	"os"

	"hotreload/internal/bus/broker"
)

func main() {
	if err := broker.Main(os.Stdin, os.Stdout); err != nil {
		os.Exit(1)
	}
}
