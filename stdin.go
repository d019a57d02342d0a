package main

import (
	"fmt"
	"io"
	"os"

	"github.com/muesli/cancelreader"
	"golang.org/x/term"
)

// appStdin is what the app's processes read, each where the one before left
// off: our own stdin as it is or, where that is a terminal, a pipe that it is
// copied to, because the app is no foreground job of the terminal and would be
// stopped at its first read.
func appStdin(in *os.File) (stdin *os.File, closeIt func(), err error) {
	if !term.IsTerminal(int(in.Fd())) {
		return in, func() {}, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("pass stdin on: %w", err)
	}
	keys, err := cancelreader.NewReader(in)
	if err != nil {
		return nil, nil, fmt.Errorf("pass stdin on: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer write.Close() // the end of input is passed on too
		awaitForeground(in)
		_, _ = io.Copy(write, keys)
	}()
	return read, func() {
		read.Close() // ends a write that nobody reads
		if keys.Cancel() {
			<-done
		}
	}, nil
}
