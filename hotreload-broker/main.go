// Command hotreload-broker is the NATS server that hotreload --bus starts. It ends with it.
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
