package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"hotreload/build/inject"
)

// This file has the go command take files of package inject in place of the
// toolchain's. They lie in a directory that is named by what is in them and is never
// cleared, so that each project and session finds what others have had compiled.

// errUninjected is why an app is built as it is, although something was to be injected.
type errUninjected struct{ why string }

func (e *errUninjected) Error() string { return e.why }

func uninjected(format string, args ...any) error {
	return &errUninjected{fmt.Sprintf(format, args...)}
}

// injection is what the go command is told so that it builds with other files than
// there are. The nil injection is none.
type injection struct {
	replace map[string]string // files by the paths whose place they take, as -overlay has it
	overlay string            // the file that says so
	goCmd   string            // the go command; empty: the one there is
	env     map[string]string // for it, besides
	marks   string            // directory of a file for each kind of build that it was compiled for
}

// injection makes what a request asks for. An *errUninjected says why that cannot be.
func (b *Builder) injection(ctx context.Context, r Request) (*injection, error) {
	if !r.Inject {
		return nil, nil
	}
	settings, err := b.injectable(ctx, r.Config)
	if err != nil {
		return nil, err
	}
	in := newInjection()
	if err := in.prepare(b, r, settings); err != nil {
		return nil, uninjected("%v", err)
	}
	if why := b.refused[in.overlay]; why != "" {
		return nil, uninjected("%s", why)
	}
	return in, nil
}

func newInjection() *injection {
	return &injection{replace: map[string]string{}, env: map[string]string{}}
}

// Injectable finds out whether what Request.Inject asks for can be. The error says why
// not. Nothing is written.
func (b *Builder) Injectable(ctx context.Context, c Config) error {
	settings, err := b.injectable(ctx, c)
	if err != nil {
		return err
	}
	_, err = newInjection().look(b.root, settings["GOROOT"], c, settings)
	return err
}

// injectable is what Injectable finds by the settings alone, and these.
func (b *Builder) injectable(ctx context.Context, c Config) (settings map[string]string, err error) {
	if len(c.Command) > 0 {
		return nil, uninjected("build.command builds the app")
	}
	if len(c.Plugin) > 0 { // they would need the same net/http
		return nil, uninjected("the app has plugins; use hot.Listen and hot.Serve")
	}
	settings, err = b.settings(ctx, c)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, uninjected("%v", err)
	case settings["GOOS"] != runtime.GOOS:
		return nil, uninjected("the app is built for %s", settings["GOOS"])
	}
	return settings, nil
}

// prepare writes all that the go command needs.
func (in *injection) prepare(b *Builder, r Request, settings map[string]string) error {
	if b.Injections == "" {
		return errors.New("there is no directory to keep what is injected in")
	}
	if err := os.MkdirAll(b.Injections, 0o700); err != nil {
		return err
	}
	goroot, err := in.outside(b.Injections, settings)
	if err != nil {
		return err
	}
	files, err := in.look(b.root, goroot, r.Config, settings)
	if err != nil {
		return err
	}
	for path, text := range files {
		if in.replace[path], err = keep(b.Injections, text, ".go"); err != nil {
			return err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": in.replace})
	if err != nil {
		return err
	}
	in.marks = b.Injections
	in.overlay, err = keep(b.Injections, overlay, ".json")
	return err
}

// look finds what is to be replaced in a toolchain, and what the user replaces.
func (in *injection) look(root, goroot string, c Config, settings map[string]string) (files map[string][]byte, err error) {
	files, err = inject.Files(goroot)
	if err != nil {
		return nil, fmt.Errorf("%s is a toolchain that we do not know: %w", settings["GOVERSION"], err)
	}
	return files, in.users(root, c, settings["GOFLAGS"], files)
}

// outside has the toolchain lie outside the module cache, where the go command
// replaces nothing: one that the go command has fetched by itself gets another path.
func (in *injection) outside(dir string, settings map[string]string) (goroot string, err error) {
	goroot = settings["GOROOT"]
	if !within(goroot, settings["GOMODCACHE"]) {
		return goroot, nil
	}
	link := filepath.Join(dir, "goroot-"+fingerprint([]byte(goroot)))
	if to, err := os.Readlink(link); err != nil || to != goroot {
		temporary := link + "." + fmt.Sprint(os.Getpid())
		_ = os.Remove(temporary) // of a process of this number that was killed
		if err := os.Symlink(goroot, temporary); err != nil {
			return "", err
		}
		if err := os.Rename(temporary, link); err != nil {
			return "", err
		}
	}
	in.goCmd = filepath.Join(link, "bin", "go")
	in.env["GOROOT"], in.env["GOTOOLCHAIN"] = link, "local" // it is the one that was chosen
	return link, nil
}

// users adds what the user's own -overlay replaces, but for what we do.
func (in *injection) users(root string, c Config, goflags string, ours map[string][]byte) error {
	file := overlayFlag(append(strings.Fields(goflags), c.Flags...))
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(inDir(file, root))
	if err != nil {
		return fmt.Errorf("join our overlay with that of -overlay: %w", err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &overlay); err != nil {
		return fmt.Errorf("join our overlay with that of -overlay: %s: %w", file, err)
	}
	for from, to := range overlay.Replace {
		if from = inDir(from, root); ours[from] != nil {
			return fmt.Errorf("-overlay replaces %s, and so would we", from)
		}
		if to != "" { // else the file is not there
			to = inDir(to, root)
		}
		in.replace[from] = to
	}
	return nil
}

// overlayFlag is the file that the last -overlay among flags names, or "".
func overlayFlag(flags []string) (file string) {
	for i, flag := range flags {
		switch name, value := splitFlag(flag); {
		case name != "-overlay":
		case strings.Contains(flag, "="):
			file = value
		case i+1 < len(flags):
			file = flags[i+1]
		}
	}
	return file
}

// keep writes a file that is named by what is in it.
func keep(dir string, text []byte, extension string) (path string, err error) {
	path = filepath.Join(dir, fingerprint(text)+extension)
	if there, err := os.ReadFile(path); err == nil && string(there) == string(text) {
		return path, nil
	}
	file, err := os.CreateTemp(dir, ".new-*") // which only its owner can read and write
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return path, err
}

func fingerprint(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// command has the go command build with what is injected.
func (in *injection) command(args []string) []string {
	if in == nil {
		return args
	}
	args = slices.Insert(slices.Clone(args), len(args)-1, "-overlay="+in.overlay) // the last one counts
	if in.goCmd != "" {
		args[0] = in.goCmd
	}
	return args
}

// environment is what the build's environment has on top of the config's.
func (in *injection) environment(set map[string]string) map[string]string {
	if in == nil || len(in.env) == 0 {
		return set
	}
	set = maps.Clone(set)
	if set == nil {
		set = map[string]string{}
	}
	maps.Copy(set, in.env)
	return set
}

// mark is a file that is there once a build of the request's kind has succeeded: from
// then on the go command has net and net/http in its cache.
func (in *injection) mark(c Config) string {
	kind := fmt.Sprint(in.overlay, c.Flags, c.Tags, c.Race, c.Debug, c.Env, goflags(c))
	return filepath.Join(in.marks, "built-"+fingerprint([]byte(kind)))
}

// announce tells why a build takes longer than others, once for each toolchain and kind of build.
func (in *injection) announce(r Request) {
	if in == nil || r.Note == nil {
		return
	}
	if _, err := os.Stat(in.mark(r.Config)); err != nil {
		r.Note("this build takes longer: a few lines of hotreload go into net and net/http (runner.handover), " +
			"and what uses these is compiled anew; the go command keeps it for the next time")
	}
}

// succeeded notes that the next build takes no longer than any.
func (in *injection) succeeded(c Config) {
	if in != nil {
		_ = os.WriteFile(in.mark(c), nil, 0o600) // else it is announced again
	}
}

// refuse notes that a toolchain does not compile what we inject, which only a compiler
// can tell. It reports whether that is why a build failed.
func (b *Builder) refuse(in *injection, text string) bool {
	if in == nil {
		return false
	}
	for heading, rest, more := strings.Cut(text, "\n"); more; heading, rest, more = strings.Cut(rest, "\n") {
		if pkg, ok := strings.CutPrefix(heading, "# "); ok && slices.Contains(inject.Packages, pkg) {
			complaint, _, _ := strings.Cut(rest, "\n")
			if b.refused == nil {
				b.refused = map[string]string{}
			}
			b.refused[in.overlay] = "the toolchain does not compile what is injected: " + complaint
			return true
		}
	}
	return false
}
