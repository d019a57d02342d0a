package airimport

import (
	"path"
	"slices"
	"strings"
)

// found is where the app stands in a line; step < 0: nowhere.
type found struct{ step, word int }

// aside are commands before the app that are not needed here.
var aside = []string{"exec", "nohup", "time", "command"}

// wrappers are commands that start another one, which follows their flags.
var wrappers = append([]string{"env", "sudo", "doas", "nice", "ionice", "chrt", "taskset", "setsid", "stdbuf", "timeout", "unbuffer",
	"godotenv", "dotenv", "dotenvx", "env-cmd", "direnv", "doppler", "op", "infisical", "vault", "envconsul", "chamber", "aws-vault", "aws-okta",
	"teller", "sops", "berglas", "summon", "secretspec", "varlock", "bws", "phase", "strace", "ltrace", "valgrind", "gdb", "rr", "perf", "xvfb-run", "authbind"}, aside...)

// appAt finds the app in what air runs. It is, of the last step that has one: the word
// that names what the build writes; else what dlv or go runs; else the program.
func (c *converter) appAt(key string, steps []step) found {
	built := c.built()
	for i, s := range slices.Backward(steps) {
		for j, w := range s.words {
			if w.known && !s.words[0].is("cd", ".", "source", "test", "[", "chmod") && c.isBuilt(w, built) {
				return found{i, j}
			}
		}
	}
	for i, s := range slices.Backward(steps) {
		if j := runner(s.words); j >= 0 {
			return found{i, j}
		}
	}
	for i, s := range slices.Backward(steps) {
		if j := program(s.words); j >= 0 && strings.Contains(s.words[j].value(), "/") {
			return found{i, j}
		}
	}
	if last := len(steps) - 1; last >= 0 && key != "build.full_bin" {
		return found{last, max(program(steps[last].words), -1)}.orNone()
	}
	return found{-1, -1}
}

func (f found) orNone() found {
	if f.word < 0 {
		return found{-1, -1}
	}
	return f
}

// isBuilt reports whether a word names what the build writes. A bare name does if it is
// that of a command that go install puts on the PATH.
func (c *converter) isBuilt(w word, built []string) bool {
	name := w.value()
	return slices.ContainsFunc(built, func(b string) bool {
		if installed, ok := strings.CutPrefix(b, installDir); ok {
			return trimExe(path.Base(name)) == trimExe(installed)
		}
		return same(c.place(c.out.Config.Runner.Dir, name), b) || same(c.place("", name), b)
	})
}

// installDir stands for where go install puts commands.
const installDir = "$GOBIN/"

// built are the executables that air's settings name: those that cmd writes, bin and,
// unless it is a wrapper, the entrypoint.
func (c *converter) built() (paths []string) {
	b := c.air.Build
	if b.FullBin != "" || len(entry(b.Entrypoint)) > 0 {
		if b.Bin != "" {
			paths = append(paths, c.place("", b.Bin))
		}
		if b.FullBin != "" && len(entry(b.Entrypoint)) == 1 {
			paths = append(paths, c.place("", entry(b.Entrypoint)[0]))
		}
	}
	cmd := b.Cmd
	if cmd == "" {
		cmd = defaultCmd
	}
	steps, _ := c.line(cmd)
	dir := ""
	for _, s := range steps {
		fields, _ := args(s.words)
		switch {
		case isGo(s, "build"), isGo(s, "install"):
			g := parseGoBuild(s.words[2:], false)
			in := c.place(dir, g.chdir)
			if to := g.writes(c.place, in); to != "" {
				paths = append(paths, to)
			} else if name := g.name(c.place, in); name != "" && isGo(s, "install") {
				paths = append(paths, installDir+name)
			}
		case len(fields) == 2 && fields[0] == "cd":
			dir = c.place(dir, fields[1])
		case len(fields) == 3 && (fields[0] == "mv" || fields[0] == "cp"):
			paths = append(paths, moved(c.place, dir, fields))
		}
	}
	return paths
}

// runner finds what dlv runs, or a go run or go test, after wrappers; -1: neither.
func runner(words []word) int {
	if d := debuggerIn(words); d >= 0 {
		if app := debugged(words[d+1:]); app >= 0 {
			return d + 1 + app
		}
	}
	for i := 0; i+1 < len(words); i++ {
		if words[i].is("go") && words[i+1].is("run", "test", "vet") && (i == 0 || wraps(words[0])) {
			return i
		}
	}
	return -1
}

// program finds the program after wrappers and their flags; -1: there is none.
func program(words []word) int {
	if len(words) == 0 || words[0].is("cd", ".", "source", "export", "set", ":") || debuggerIn(words) >= 0 {
		return -1
	}
	if !wraps(words[0]) {
		return 0
	}
	if i := slices.IndexFunc(words, func(w word) bool { return w.is("--") }); i >= 0 && i+1 < len(words) {
		return i + 1
	}
	for i, w := range words[1:] {
		text, value := w.value(), words[i].is(wrapperValues...)
		if strings.Contains(text, "/") && !value && !strings.HasPrefix(text, "-") && !strings.Contains(text, "=") && !envFile.MatchString(w.text) {
			return i + 1
		}
	}
	i := slices.IndexFunc(words, func(w word) bool { return !w.is(aside...) })
	if i >= 0 && wraps(words[i]) {
		return -1
	}
	return i
}

// wrapperValues are flags of wrappers whose value is the next word.
var wrapperValues = []string{"-f", "-e", "-c", "-u", "-p", "-C", "-D", "-o", "--file", "--env-file", "--env", "--config", "--user", "--project", "--path", "--chdir", "--cwd"}

func wraps(w word) bool {
	return slices.Contains(wrappers, toolName(w.value()))
}

// debuggerIn finds Delve among words; -1: it is not there.
func debuggerIn(words []word) int {
	return slices.IndexFunc(words, func(w word) bool { return len(w.fields) == 1 && toolName(w.fields[0]) == "dlv" })
}

// delveValues are the flags of dlv whose value may be the next word.
var delveValues = []string{"-l", "--listen", "--api-version", "--backend", "--build-flags", "--init", "--log-dest", "--log-output", "-r", "--redirect", "--tty", "--wd", "-o", "--output"}

// debugged finds, among the words after dlv, the executable for `dlv exec`, or the package
// for `dlv debug`; -1: there is none.
func debugged(words []word) int {
	command, value := false, false
	for i, w := range words {
		switch text := w.value(); {
		case value:
			value = false
		case text == "--":
			return -1
		case strings.HasPrefix(text, "-"):
			value = slices.Contains(delveValues, text)
		case command:
			return i
		case text == "exec", text == "debug":
			command = true
		default:
			return -1
		}
	}
	return -1
}
