package build

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// copyOutput copies the output of build.command to a file of ours, so that the next
// run of the command does not overwrite an executable that is running.
func copyOutput(from, to string, c Config) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("build.command (%s) succeeded but did not write build.output %s; set build.output to the executable it makes",
			strings.Join(c.Command, " "), c.Output)
	}
	if err != nil {
		return fmt.Errorf("take build.output: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o700)
	if err != nil {
		return fmt.Errorf("take build.output: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copy build.output %s to %s: %w", c.Output, filepath.Dir(to), err)
	}
	return nil
}

// identical reports whether two files have the same bytes. It stops at the
// first difference, which in two executables is the build ID at their start.
func identical(a, b string) bool {
	fa, err := os.Open(a)
	if err != nil {
		return false
	}
	defer fa.Close()
	fb, err := os.Open(b)
	if err != nil {
		return false
	}
	defer fb.Close()
	sa, errA := fa.Stat()
	sb, errB := fb.Stat()
	if errA != nil || errB != nil || sa.Size() != sb.Size() {
		return false
	}
	bufA, bufB := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, err := io.ReadFull(fa, bufA)
		if _, errB := io.ReadFull(fb, bufB[:n]); errB != nil && n > 0 || !bytes.Equal(bufA[:n], bufB[:n]) {
			return false
		}
		if err != nil {
			return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		}
	}
}
