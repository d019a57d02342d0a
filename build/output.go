package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hotreload/build/gocmd"
	"hotreload/build/inject"
)

// runCommand runs build.command, and takes its output to a.Path.
//
// Some commands write into the file that is there. That must not be the one that runs: the
// system refuses to write to it, or the app crashes. So a copy lies there while the command
// runs. If the command leaves it alone, the file itself comes back.
func (b *Builder) runCommand(ctx context.Context, r Request, in *inject.Injection, a Artifact, tmp string) (Artifact, string, error) {
	h := b.homeAt(gocmd.InDir(r.Config.Output, b.root))
	h.busy.Lock()
	defer h.busy.Unlock()
	lent := h.lend()
	text, err := b.command(ctx, r, in, a.Path, tmp)
	h.putBack(lent)
	if err != nil || ctx.Err() != nil {
		return a, text, err
	}
	if a, err = b.take(a, h, r.Config); err != nil {
		return a, text, err
	}
	if readAttributes(a.Path).equal(readAttributes(r.Prev.Path)) { // else it may do more, or less
		a = b.compare(a, r.Prev)
	}
	if a.Same && a.home == h {
		h.from = a.Path
		h.relink(a.at)
	}
	return a, text, nil
}

// loan is the copy that lies at a home while build.command runs.
type loan struct {
	path  string
	copy  fs.FileInfo
	attrs attributes
}

// lend puts a copy in place of a file of ours. It returns nil if none is there, or if that
// cannot be done.
func (h *home) lend() *loan {
	path, there, err := resolve(h.name)
	if err != nil || !h.has(there) {
		return nil
	}
	temp := beside(path, "hotreload-new")
	_ = os.Remove(temp) // left by a session that was killed
	if copyFile(path, temp) != nil || replace(temp, path) != nil {
		_ = os.Remove(temp)
		return nil
	}
	lent, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return &loan{path: path, copy: lent, attrs: readAttributes(path)}
}

// putBack puts the file that was lent in place of its copy, if that is unchanged.
func (h *home) putBack(l *loan) {
	if l == nil {
		return
	}
	there, err := os.Stat(l.path)
	if err != nil || !os.SameFile(there, l.copy) || !l.attrs.equal(readAttributes(l.path)) || !identical(l.path, h.from) {
		return
	}
	h.relink(l.path)
}

// relink replaces a file by the artifact of the same content and attributes. On another file
// system than the cache's, the file stays.
func (h *home) relink(path string) {
	_ = put(h.from, path, func(string, string) error { return errors.ErrUnsupported })
	h.file, _ = os.Stat(path)
}

// take takes the output of build.command: the artifact is another name of the same file, and
// runs where that is. What cannot be executed there is copied.
func (b *Builder) take(a Artifact, h *home, c Config) (Artifact, error) {
	path, info, err := resolve(h.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, fmt.Errorf("build.command (%s) succeeded but did not write build.output %s; set build.output to the executable it makes",
			strings.Join(c.Command, " "), c.Output)
	case err != nil:
		return a, fmt.Errorf("take build.output: %w", err)
	case !info.Mode().IsRegular():
		return a, fmt.Errorf("copy build.output %s to %s: it is not a file", c.Output, filepath.Dir(a.Path))
	}
	runs := executable(path)
	if !runs || os.Link(path, a.Path) != nil {
		if err = copyFile(path, a.Path); err == nil && !runs {
			err = os.Chmod(a.Path, info.Mode().Perm()|0o700)
		}
	}
	if err != nil {
		return a, fmt.Errorf("copy build.output %s to %s: %w", c.Output, filepath.Dir(a.Path), err)
	}
	if !runs {
		return b.inCache(a, filepath.Base(path)), nil
	}
	a.home, a.at = h, path
	return a, h.holds(a)
}

// resolve follows links.
func resolve(path string) (string, fs.FileInfo, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", nil, err
	}
	info, err := os.Stat(real)
	return real, info, err
}

// copyFile makes a copy of a file, which must not exist, with its attributes as far as the
// system lets us give them.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return readAttributes(from).give(to)
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
