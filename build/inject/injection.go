package inject

import (
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

	"hotreload/build/gocmd"
	"hotreload/internal/paths"
)

// Error says why nothing can be injected into an app.
type Error struct{ Why string }

func (e *Error) Error() string { return e.Why }

// Errorf makes an Error.
func Errorf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Injector prepares injections for one project. It may be used by one goroutine at
// a time, except for Check.
type Injector struct {
	root    string
	refused map[string]string // overlays that did not compile, and why
}

// NewInjector returns an injector for the project at root.
func NewInjector(root string) *Injector {
	return &Injector{root: root, refused: map[string]string{}}
}

// Injection is what makes the go command build with other files. The nil Injection
// changes nothing.
type Injection struct {
	replace map[string]string // path -> file that takes its place, as -overlay has it
	overlay string            // the file for -overlay
	goCmd   string            // the go command; empty: the usual one
	env     map[string]string // for it, besides
}

func newInjection() *Injection {
	return &Injection{replace: map[string]string{}, env: map[string]string{}}
}

// Check finds out, without writing anything, whether Prepare would succeed. settings
// are those of go env. The *Error says why not.
func (i *Injector) Check(o gocmd.Options, settings map[string]string) error {
	_, err := newInjection().look(i.root, settings["GOROOT"], o, settings)
	return err
}

// Prepare writes what the go command needs into dir. Files are named by a hash of
// their content and never removed, so every project and session finds what others
// have had compiled.
func (i *Injector) Prepare(dir string, o gocmd.Options, settings map[string]string) (*Injection, error) {
	in := newInjection()
	if err := in.prepare(i.root, dir, o, settings); err != nil {
		return nil, Errorf("%v", err)
	}
	if why := i.refused[in.overlay]; why != "" {
		return nil, Errorf("%s", why)
	}
	return in, nil
}

func (in *Injection) prepare(root, dir string, o gocmd.Options, settings map[string]string) error {
	if dir == "" {
		return errors.New("there is no directory to keep what is injected in")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	goroot, err := in.outsideCache(dir, settings)
	if err != nil {
		return err
	}
	files, err := in.look(root, goroot, o, settings)
	if err != nil {
		return err
	}
	for path, text := range files {
		if in.replace[path], err = keep(dir, text, ".go"); err != nil {
			return err
		}
	}
	return in.writeOverlay(dir)
}

func (in *Injection) writeOverlay(dir string) error {
	overlay, err := json.Marshal(map[string]any{"Replace": in.replace})
	if err != nil {
		return err
	}
	in.overlay, err = keep(dir, overlay, ".json")
	return err
}

// Add replaces files besides those that an injection, which may be nil, replaces.
func (i *Injector) Add(in *Injection, dir string, o gocmd.Options, replace map[string]string) (*Injection, error) {
	all := newInjection()
	if in == nil {
		if err := all.addUsers(i.root, o, o.GOFLAGS(), nil); err != nil {
			return nil, err
		}
	} else {
		*all = *in
		all.replace = maps.Clone(in.replace)
	}
	maps.Copy(all.replace, replace)
	return all, all.writeOverlay(dir)
}

// look finds what to replace in a toolchain, and what the user replaces.
func (in *Injection) look(root, goroot string, o gocmd.Options, settings map[string]string) (map[string][]byte, error) {
	if settings["GOOS"] != runtime.GOOS {
		return nil, Errorf("the app is built for %s", settings["GOOS"])
	}
	files, err := Files(goroot)
	if err != nil {
		return nil, Errorf("toolchain %s is not supported: %v", settings["GOVERSION"], err)
	}
	return files, in.addUsers(root, o, settings["GOFLAGS"], files)
}

// outsideCache gives the toolchain a path outside the module cache, where the go
// command keeps toolchains that it has downloaded, and replaces nothing.
func (in *Injection) outsideCache(dir string, settings map[string]string) (goroot string, err error) {
	goroot = settings["GOROOT"]
	if !paths.Within(goroot, settings["GOMODCACHE"]) {
		return goroot, nil
	}
	link := filepath.Join(dir, "goroot-"+fingerprint([]byte(goroot)))
	if to, err := os.Readlink(link); err != nil || to != goroot {
		temporary := link + "." + fmt.Sprint(os.Getpid())
		_ = os.Remove(temporary) // of a killed process with the same number
		if err := os.Symlink(goroot, temporary); err != nil {
			return "", err
		}
		if err := os.Rename(temporary, link); err != nil {
			return "", err
		}
	}
	in.goCmd = filepath.Join(link, "bin", "go")
	in.env["GOROOT"], in.env["GOTOOLCHAIN"] = link, "local" // the version that was chosen
	return link, nil
}

// addUsers adds what the user's own -overlay replaces. Ours come on top.
func (in *Injection) addUsers(root string, o gocmd.Options, goflags string, ours map[string][]byte) error {
	file := overlayFlag(append(strings.Fields(goflags), o.Flags...))
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(gocmd.InDir(file, root))
	if err != nil {
		return fmt.Errorf("merge hotreload's overlay with that of -overlay: %w", err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &overlay); err != nil {
		return fmt.Errorf("merge hotreload's overlay with that of -overlay: %s: %w", file, err)
	}
	for from, to := range overlay.Replace {
		if from = gocmd.InDir(from, root); ours[from] != nil {
			return fmt.Errorf("-overlay replaces %s, and so would hotreload", from)
		}
		if to != "" { // else the file is to be absent
			to = gocmd.InDir(to, root)
		}
		in.replace[from] = to
	}
	return nil
}

// overlayFlag is the file that the last -overlay among flags names, or "".
func overlayFlag(flags []string) (file string) {
	for i, flag := range flags {
		switch name, value := gocmd.SplitFlag(flag); {
		case name != "-overlay":
		case strings.Contains(flag, "="):
			file = value
		case i+1 < len(flags):
			file = flags[i+1]
		}
	}
	return file
}

// keep writes a file whose name is a hash of its content.
func keep(dir string, text []byte, extension string) (path string, err error) {
	path = filepath.Join(dir, fingerprint(text)+extension)
	if there, err := os.ReadFile(path); err == nil && string(there) == string(text) {
		return path, nil
	}
	file, err := os.CreateTemp(dir, ".new-*") // only its owner can read and write it
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

// Command makes a go command build with what is injected.
func (in *Injection) Command(args []string) []string {
	if in == nil {
		return args
	}
	args = slices.Insert(slices.Clone(args), len(args)-1, "-overlay="+in.overlay) // the last one counts
	if in.goCmd != "" {
		args[0] = in.goCmd
	}
	return args
}

// Flags sets GOFLAGS for a command that runs the go command itself.
func (in *Injection) Flags(goflags string) []string {
	if in == nil {
		return nil
	}
	flag := "-overlay=" + in.overlay
	if strings.ContainsAny(flag, " \t") {
		flag = "'" + flag + "'"
	}
	return []string{"GOFLAGS=" + strings.TrimSpace(goflags+" "+flag)}
}

// Env adds what the go command needs in its environment to what is set.
func (in *Injection) Env(set map[string]string) map[string]string {
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

// Refuse reads the output of a failed build, and reports whether it failed because
// the toolchain does not compile what is injected. Then Prepare will not inject it
// again.
func (i *Injector) Refuse(in *Injection, output string) bool {
	if in == nil {
		return false
	}
	for heading, rest, more := strings.Cut(output, "\n"); more; heading, rest, more = strings.Cut(rest, "\n") {
		if pkg, ok := strings.CutPrefix(heading, "# "); ok && slices.Contains(Packages, pkg) {
			complaint, _, _ := strings.Cut(rest, "\n")
			i.refused[in.overlay] = "the toolchain does not compile what is injected: " + complaint
			return true
		}
	}
	return false
}
