package gocmd

import (
	"os"
	"runtime"
	"slices"
	"strings"
)

// temporary gives a command of Go's toolchain a directory of its own for temporary files, and
// returns its environment with that. The go command, the linker and C compilers that are killed
// leave theirs behind, a hundred megabytes at times: remove removes them.
func (r *Runner) temporary(c Call) (env []string, remove func()) {
	if c.Foreign {
		return c.Env, func() {}
	}
	dir, err := os.MkdirTemp(r.temporaryFor(c.Env), "hotreload-")
	if err != nil { // the command says what is wrong there, if it needs the place
		return c.Env, func() {}
	}
	if env = c.Env; env == nil {
		env = os.Environ()
	}
	env = append(slices.Clone(env), "GOTMPDIR="+dir)
	for _, name := range temporaryNames {
		env = append(env, name+"="+dir)
	}
	return env, func() { _ = os.RemoveAll(dir) } // if it fails: where it lies all is removed, too
}

// temporaryFor is where the directory of a command is made: where its environment says,
// if that is another than ours.
func (r *Runner) temporaryFor(env []string) string {
	for _, name := range append([]string{"GOTMPDIR"}, temporaryNames...) {
		if dir := value(env, name); dir != "" && dir != os.Getenv(name) {
			return dir
		}
	}
	return r.TempDir()
}

// TempDir is where temporary files belong.
func (r *Runner) TempDir() string {
	if r.Temporary != "" {
		return r.Temporary
	}
	if dir := Setting(nil, "GOTMPDIR"); dir != "" {
		return dir
	}
	return os.TempDir()
}

// value is the last value of a variable.
func value(env []string, name string) string {
	for _, kv := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// temporaryNames are the variables that name the directory for temporary files.
var temporaryNames = map[bool][]string{true: {"TMP", "TEMP"}, false: {"TMPDIR"}}[runtime.GOOS == "windows"]
