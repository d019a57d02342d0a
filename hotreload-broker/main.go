// Command hotreload-broker is the NATS server, with JetStream, that hotreload --bus starts.
//
// In go settings, on its input; out comes, on its output, where it listens. What always holds:
// nobody uses it without the token; what it stores is in one directory, and bounded; it ends
// with its input, and so with whoever has started it.
//
// It is a program and a module of its own. The server's packages start a timer in each process
// that they are linked into, which hotreload's supervisors are, too; they would more than double
// hotreload's own code; and to compile them takes longer than all the rest. hotreload carries a
// copy of these sources and builds them when it needs them: go generate ./internal/broker.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		os.Exit(1)
	}
}

// started is what the program answers.
type started struct {
	URL   string `json:"url,omitempty"`
	Error string `json:"error,omitempty"`
}

// run reads settings from in, writes started to out, and serves until in ends.
func run(in io.Reader, out io.Writer) error {
	input := json.NewDecoder(in)
	var s settings
	if err := input.Decode(&s); err != nil {
		return fmt.Errorf("this program is started by hotreload --bus, which tells it what to do: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with the input, which is as long as the program runs
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	answer := json.NewEncoder(out)
	err := s.serve(ctx, func(url string) { _ = answer.Encode(started{URL: url}) })
	if err != nil {
		_ = answer.Encode(started{Error: err.Error()})
	}
	return err
}
