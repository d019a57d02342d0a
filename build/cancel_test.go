//go:build unix

package build

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"hotreload/build/internal/modtest"
)

// A build that is cancelled leaves neither a process nor a file behind. Its
// processes hold a fifo open, which tells when they are gone.
func TestBuildCancelled(t *testing.T) {
	t.Parallel()
	const hang = "#!/bin/sh\n" +
		`exec 3>"$FIFO"` + "\n" + // everything started from here on holds it open
		"trap '' INT TERM HUP\n" +
		"sleep 1000 &\n" +
		"echo up >&3\n" +
		"wait\n"
	newer := errors.New("there is a newer change")
	for _, test := range []struct {
		name   string
		config func(script string) Config
	}{
		{"go build", func(script string) Config { return Config{Flags: []string{"-toolexec=" + script}} }},
		{"command", func(script string) Config { return Config{Command: []string{script}, Output: "output"} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBuilder(t, modtest.Unpack(t, hello))
			dir := t.TempDir()
			fifo, script := filepath.Join(dir, "fifo"), filepath.Join(dir, "hang.sh")
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			modtest.Write(t, script, hang)
			if err := os.Chmod(script, 0o755); err != nil {
				t.Fatal(err)
			}
			c := test.config(script)
			c.Env = map[string]string{"FIFO": fifo}

			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			done := make(chan error, 1)
			go func() {
				a, err := b.Build(ctx, Request{ID: 1, Config: c, Package: "."})
				if a.Path != "" {
					t.Errorf("there is an artifact: %+v", a)
				}
				done <- err
			}()
			held, err := os.Open(fifo) // blocks until the script opens it, too
			if err != nil {
				t.Fatal(err)
			}
			defer held.Close()
			if _, err := io.ReadFull(held, make([]byte, len("up\n"))); err != nil {
				t.Fatal(err)
			}
			cancel(newer)
			if err := <-done; err != newer {
				t.Errorf("error %v, want the cause %v", err, newer)
			}
			left(t, b)
			if _, err := io.Copy(io.Discard, held); err != nil { // blocks while any of them lives
				t.Error(err)
			}
		})
	}
	t.Run("before it began", func(t *testing.T) {
		b := newBuilder(t, modtest.Unpack(t, hello))
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(newer)
		if _, err := b.Build(ctx, Request{ID: 1, Package: "."}); err != newer {
			t.Errorf("error %v, want the cause %v", err, newer)
		}
		left(t, b)
	})
}
