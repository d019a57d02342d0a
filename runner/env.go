package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/internal/appsock"
)

// EnvFile is what an env file comes to in the environment of the app.
type EnvFile struct {
	Name    string   // as the config has it
	Sets    []string // names of variables, sorted
	Kept    []string // names that hotreload's own environment sets, too, and so keep
	Missing bool     // there is no such file
	Unread  bool     // it is there, and not among runner.env_files
}

// usualEnvFile is what loaders of env files read by default.
const usualEnvFile = ".env"

// Environment is the environment of the app in the project at root: the variables of the env
// files, then our own, then those of the config, where later ones replace earlier ones. A
// file that does not exist is not an error; one that cannot be read or parsed is.
func Environment(c Config, root string) ([]string, []EnvFile, error) {
	r := Request{Config: c, Root: root}
	set, from := map[string]string{}, map[string]string{}
	var files []EnvFile
	for _, name := range c.EnvFiles {
		values, err := readEnvFile(r.envPath(name), pipePatience)
		missing := errors.Is(err, fs.ErrNotExist)
		if err != nil && !missing {
			return nil, nil, envFileError(name, err)
		}
		files = append(files, EnvFile{Name: name, Missing: missing})
		maps.Copy(set, values)
		for key := range values {
			from[key] = name
		}
	}
	kept := map[string]bool{}
	for _, pair := range os.Environ() {
		// On Windows a name may begin with '='.
		if key, value, ok := strings.Cut(pair, "="); ok && key != "" {
			kept[key] = true
			set[key] = value
		}
	}
	for _, name := range []string{appsock.SockEnv, appsock.FDsEnv, appsock.PIDEnv, appsock.NamesEnv, appsock.PagesEnv} {
		delete(set, name) // meant for hotreload itself
	}
	set["PWD"] = r.dir()
	maps.Copy(set, c.Env)
	env := make([]string, 0, len(set))
	for _, key := range slices.Sorted(maps.Keys(set)) {
		env = append(env, key+"="+set[key])
	}
	for i := range files {
		files[i].comesTo(from, kept, c.Env)
	}
	return env, append(files, r.unread()...), nil
}

// comesTo notes which variables the file sets. from has the last file that sets a variable.
func (f *EnvFile) comesTo(from map[string]string, kept map[string]bool, config map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(from)) {
		_, configured := config[key]
		switch {
		case from[key] != f.Name || configured:
		case kept[key]:
			f.Kept = append(f.Kept, key)
		default:
			f.Sets = append(f.Sets, key)
		}
	}
}

// unread is the usual env file of the app, if it exists and is left to the app.
func (r Request) unread() []EnvFile {
	file := filepath.Join(r.dir(), usualEnvFile)
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if slices.ContainsFunc(r.Config.EnvFiles, func(name string) bool { return r.envPath(name) == file }) {
		return nil
	}
	return []EnvFile{{Name: usualEnvFile, Unread: true}}
}

// envPath is where an env file of the config is.
func (r Request) envPath(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(r.Root, name)
}

// with returns an environment with more variables, which replace others of the same name.
func with(env, more []string) []string {
	env = slices.DeleteFunc(env, func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.ContainsFunc(more, func(other string) bool { return strings.HasPrefix(other, name+"=") })
	})
	return append(env, more...)
}

// envFileError is an error about an env file, with its name and, if known, the line.
func envFileError(name string, err error) error {
	if at := (*lineError)(nil); errors.As(err, &at) {
		return fmt.Errorf("read the env file %s:%d: %s", name, at.line, at.what)
	}
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = fmt.Errorf("%w; make it readable, or remove it from runner.env_files", path.Err)
	}
	return fmt.Errorf("read the env file %s: %w", name, err)
}
