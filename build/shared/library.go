package shared

import (
	"cmp"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotreload/build/direct"
	"hotreload/build/gocmd"
)

// library is the shared library of an app.
type library struct {
	name    string // of the file
	dir     string // where executables look for it: the session's own
	symbols *symbols
	stub    *stub
}

const (
	// keepFor is how long a library stays that nobody uses.
	keepFor = 30 * 24 * time.Hour
	// keepBytes is how much room libraries take at most: several dozen.
	keepBytes = 2 << 30
	// turnFile is the file that whoever makes a library has locked.
	turnFile = "turn"
)

// obtain finds the library for the parts of an app, or makes it. made is its size in
// the second case.
func obtain(ctx context.Context, run *gocmd.Runner, p direct.Parts, modinfo string, at Places) (l *library, made int64, err error) {
	key, err := libraryKey(p, modinfo)
	if err != nil {
		return nil, 0, err
	}
	l = &library{name: "libhotreload-" + key[:32] + ".so", dir: at.Session}
	if err := os.MkdirAll(at.Libraries, 0o700); err != nil {
		return nil, 0, err
	}
	kept := filepath.Join(at.Libraries, l.name)
	if _, err := os.Stat(kept); err != nil {
		if made, err = makeLibrary(ctx, run, p, modinfo, kept, at.Tmp); err != nil {
			return nil, 0, err
		}
	}
	now := time.Now()
	_ = os.Chtimes(kept, now, now)
	own := filepath.Join(l.dir, l.name)
	if err := link(kept, own); err != nil {
		return nil, 0, err
	}
	trim(at.Libraries, kept, now)
	return l, made, l.read(own, filepath.Join(at.Session, "stub"))
}

// link makes a file another name of a library, which then stays when the first one is
// removed.
func link(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil // executables may use it
	}
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	temp := to + "~"
	out, err := os.Create(temp)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(temp, to)
}

// libraryKey names the library of an app by all that goes into it. The go command
// names compiled packages by their content.
func libraryKey(p direct.Parts, modinfo string) (string, error) {
	flags, _ := linkerFlags(p.Linker)
	sum := sha256.New()
	fmt.Fprintf(sum, "1\n%q\n%q\n", flags, modinfo)
	tools := []string{p.Linker[0]}
	if path, err := gocmd.LookPath(compiler(flags), "/"); err == nil {
		tools = append(tools, path)
	}
	for _, tool := range tools {
		info, err := os.Stat(tool)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%q %d %d\n", tool, info.Size(), info.ModTime().UnixNano())
	}
	for _, kv := range slices.Sorted(slices.Values(p.Env)) {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "CGO_") || name == "GOROOT" || name == "GOAMD64" || name == "LIBRARY_PATH" || name == "LD_RUN_PATH" {
			fmt.Fprintf(sum, "%q\n", kv)
		}
	}
	for _, pkg := range dependencies(p) {
		fmt.Fprintf(sum, "%q %q\n", pkg, filepath.Base(p.Objects[pkg]))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// compiler is the C compiler that the linker is told to use.
func compiler(flags []string) string {
	for _, flag := range flags {
		if cc, ok := strings.CutPrefix(flag, "-extld="); ok {
			return cc
		}
	}
	return "gcc"
}

// dependencies are the packages of the library, sorted.
func dependencies(p direct.Parts) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(p.Objects)), func(pkg string) bool { return slices.Contains(p.Own, pkg) })
}

// makeLibrary links the packages that are not the app's own into a file, at low
// priority. It returns its size. tmp is a directory on the same file system.
func makeLibrary(ctx context.Context, run *gocmd.Runner, p direct.Parts, modinfo, file, tmp string) (int64, error) {
	tmp, err := os.MkdirTemp(tmp, "library")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	flags, _ := linkerFlags(p.Linker)
	out, importcfg := filepath.Join(tmp, filepath.Base(file)), filepath.Join(tmp, "importcfg")
	args := slices.Concat(nice(run), p.Linker[:1], []string{"-o", out, "-importcfg", importcfg, "-buildmode=shared", "-s", "-w", "-tmpdir=" + tmp}, flags)
	var cfg strings.Builder
	for _, pkg := range dependencies(p) {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", pkg, p.Objects[pkg])
		args = append(args, pkg+"="+p.Objects[pkg])
	}
	cfg.WriteString(modinfo)
	if err := os.WriteFile(importcfg, []byte(cfg.String()), 0o600); err != nil {
		return 0, err
	}
	printed, err := run.Execute(ctx, gocmd.Call{Command: args, Dir: run.Root, Env: gentle(p.Env), Together: true, Leave: true})
	if err != nil {
		return 0, failure("link the library", printed.Out, err)
	}
	info, err := os.Stat(out)
	if err == nil {
		err = os.Rename(out, file)
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// failure is the error of a linker that printed text.
func failure(what, text string, err error) error {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return fmt.Errorf("%s: %w: %s", what, err, first)
}

// read reads the library at a path, and makes its stub in a directory.
func (l *library) read(path, dir string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	f, err := elf.NewFile(file)
	if err != nil {
		return err
	}
	if l.symbols, err = readSymbols(f); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	l.stub, err = newStub(file, f, l.symbols, filepath.Join(dir, l.name))
	return err
}

// trim removes the libraries that have not been used for long, and the oldest where
// there are too many. Executables have links of their own.
func trim(dir, inUse string, now time.Time) {
	entries, _ := os.ReadDir(dir) // an error: there are none
	var libraries []fs.FileInfo
	var total int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Name() != turnFile {
			libraries = append(libraries, info)
			total += info.Size()
		}
	}
	slices.SortFunc(libraries, func(a, b fs.FileInfo) int { return cmp.Compare(a.ModTime().UnixNano(), b.ModTime().UnixNano()) })
	for _, info := range libraries {
		if path := filepath.Join(dir, info.Name()); path != inUse && (total > keepBytes || now.Sub(info.ModTime()) > keepFor) {
			_ = os.Remove(path)
			total -= info.Size()
		}
	}
}
