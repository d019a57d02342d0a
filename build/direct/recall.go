package direct

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/gocmd"
)

// This file gives the go command what a Store has, when it has to build: go build
// -toolexec runs us in place of each tool. In place of the compiler we write the package
// that the store has of exactly the same call, with the build ID that the go command
// wants. So the go command keeps it in its own cache, too. All else the tools do.

// recallArg is the first argument of a process that stands in for a tool. The others
// are the memory's file, the tool and its arguments.
const recallArg = "hotreload-recall"

// memory is what a process that stands in for the compiler knows.
type memory struct {
	Settings []string          // variables that the keys contain
	Kept     map[string]string // by key: the file with the compiled package
	Recalled string            // file for the import paths of packages that were found
}

// Recall makes a go build find what the store has, without its being compiled again.
type Recall struct {
	Flag string // for go build; empty: there is nothing to find

	recalled string
}

// Recall prepares a go build with the tools' environment env. program is an executable
// that calls StandIn, tmp a directory.
func (s *Store) Recall(program string, env []string, tmp string) (Recall, error) {
	kept := s.files()
	if program == "" || len(kept) == 0 || strings.ContainsAny(program+tmp, `'"`) {
		return Recall{}, nil
	}
	if _, err := os.Stat(program); err != nil {
		return Recall{}, err // it was replaced by another version, perhaps
	}
	r := Recall{recalled: filepath.Join(tmp, "recalled")}
	text, err := json.Marshal(memory{goSettings(env), kept, r.recalled})
	if err != nil {
		return Recall{}, err
	}
	file := filepath.Join(tmp, "memory.json")
	r.Flag = fmt.Sprintf("-toolexec='%s' %s '%s'", program, recallArg, file)
	return r, os.WriteFile(file, text, 0o600)
}

// Found are the packages that the go command has got.
func (r Recall) Found() []string {
	text, err := os.ReadFile(r.recalled)
	if r.recalled == "" || err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

// files are those of the packages that the store has, if any of them is its own.
func (s *Store) files() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, own := map[string]string{}, false
	for key, k := range s.kept {
		files[key] = k.path
		own = own || k.size > 0
	}
	if !own {
		return nil // the go command has all of them
	}
	return files
}

// StandsIn reports whether this process was started by go build in place of a tool.
// Then it must do nothing but call StandIn.
func StandsIn() bool { return len(os.Args) > 3 && os.Args[1] == recallArg }

// StandIn does a tool's work. The process exits with the status that it returns.
func StandIn() (status int) {
	file, command := os.Args[2], os.Args[3:]
	if recall(file, command) == nil {
		return 0
	}
	tool := exec.Command(command[0], command[1:]...)
	tool.Stdin, tool.Stdout, tool.Stderr = os.Stdin, os.Stdout, os.Stderr
	var exit *exec.ExitError
	switch err := tool.Run(); {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1)
	default:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
}

// errNotKept is why a tool has to do its work itself.
var errNotKept = errors.New("no such package is kept")

// recall writes the package that a call of the compiler would make.
func recall(file string, command []string) error {
	step, out, objects, err := called(command)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var m memory
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	for _, setting := range m.Settings {
		name, value, _ := strings.Cut(setting, "=")
		if now, set := os.LookupEnv(name); set && now != value {
			return errNotKept
		}
	}
	key, err := step.key(m.Settings, func(pkg string) string { return objects[pkg] }, NewStore(""))
	if err != nil {
		return err
	}
	if m.Kept[key] == "" {
		return errNotKept
	}
	kept, err := os.ReadFile(m.Kept[key])
	if err != nil {
		return err
	}
	kept, ok := object(kept).named(flagValue(command, "-buildid"))
	if !ok {
		return errNotKept
	}
	if err := os.WriteFile(out, kept, 0o600); err != nil {
		return err
	}
	return appendLine(m.Recalled, os.Getenv("TOOLEXEC_IMPORTPATH"))
}

// called reads a call of the compiler as the go command makes it, where it writes the
// package, and where the imported ones lie.
func called(command []string) (s *Step, out string, objects map[string]string, err error) {
	out = flagValue(command, "-o")
	if tool := strings.TrimSuffix(filepath.Base(command[0]), ".exe"); tool != "compile" || filepath.Base(out) != objectName {
		return nil, "", nil, errNotKept
	}
	top := filepath.Dir(filepath.Dir(out)) // a dry run calls it $WORK
	dir, err := os.Getwd()
	if err != nil {
		return nil, "", nil, err
	}
	call, files, objects := toolCall{dir: dir}, map[string]string{}, map[string]string{}
	for i, arg := range command {
		before := command[max(i-1, 0)]
		if i > 0 && before != "-buildid" && strings.HasPrefix(arg, "-") && !isHarmless(arg) { // an ID may begin with a dash
			return nil, "", nil, errNotKept
		}
		named := strings.ReplaceAll(arg, top, "$WORK")
		call.args = append(call.args, named)
		if before == "-importcfg" || before == "-embedcfg" {
			text, err := os.ReadFile(arg)
			if err != nil {
				return nil, "", nil, err
			}
			files[named] = string(text)
		}
	}
	for line := range strings.Lines(files[flagValue(call.args, "-importcfg")]) {
		if imported, ok := strings.CutPrefix(strings.TrimSpace(line), "packagefile "); ok {
			pkg, object, _ := strings.Cut(imported, "=")
			objects[pkg] = gocmd.InDir(object, dir)
		}
	}
	s = newStep("", strings.TrimSuffix(flagValue(call.args, "-o"), objectName), call, files)
	if s.Opaque || len(s.Sources) == 0 {
		return nil, "", nil, errNotKept
	}
	return s, out, objects, nil
}

// harmless are the compiler's flags that name no further files and print nothing.
var harmless = []string{
	"-o", "-trimpath", "-p", "-lang", "-std", "-complete", "-buildid", "-dwarf", "-goversion", "-c", "-shared", "-dynlink",
	"-race", "-msan", "-asan", "-nolocalimports", "-importcfg", "-embedcfg", "-pack", "-N", "-l", "-installsuffix", "-D",
}

func isHarmless(flag string) bool {
	name, _, _ := strings.Cut(flag, "=")
	return slices.Contains(harmless, name)
}

// named is the object with a build ID of the same length in place of its own.
func (o object) named(id string) ([]byte, bool) {
	match := buildIDLine.FindSubmatch(o[:min(len(o), 4096)])
	quoted := []byte(fmt.Sprintf("%q", id))
	if match == nil || len(match[1]) != len(quoted) || !o.whole() {
		return nil, false
	}
	return bytes.ReplaceAll(o, match[1], quoted), true
}

// whole reports whether the archive has all of its two entries.
func (o object) whole() bool {
	rest, ok := bytes.CutPrefix(o, []byte(archiveMagic))
	for range 2 {
		if !ok || len(rest) < entryHeader {
			return false
		}
		size, err := entrySize(rest)
		if err != nil || size < 0 || len(rest)-entryHeader < size {
			return false
		}
		rest = rest[min(entryHeader+size+size%2, len(rest)):]
	}
	return len(rest) == 0
}

// appendLine adds a line to a file that other processes write to as well.
func appendLine(file, line string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}
