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

// Environment is the environment of the app in the project at root: the variables of the env
// files, then our own, then those of the config, where later ones replace earlier ones. A
// file that does not exist is not an error; one that cannot be parsed is.
func Environment(c Config, root string) ([]string, error) {
	r := Request{Config: c, Root: root}
	set := map[string]string{}
	for _, name := range r.Config.EnvFiles {
		file := name
		if !filepath.IsAbs(file) {
			file = filepath.Join(r.Root, name)
		}
		values, err := readEnvFile(file, pipePatience)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the env file %s: %w", name, err)
		}
		maps.Copy(set, values)
	}
	for _, pair := range os.Environ() {
		// On Windows a name may begin with '='.
		if key, value, ok := strings.Cut(pair, "="); ok && key != "" {
			set[key] = value
		}
	}
	for _, name := range []string{appsock.SockEnv, appsock.FDsEnv, appsock.PIDEnv, appsock.NamesEnv} {
		delete(set, name) // meant for hotreload itself
	}
	set["PWD"] = r.dir()
	maps.Copy(set, r.Config.Env)
	env := make([]string, 0, len(set))
	for _, key := range slices.Sorted(maps.Keys(set)) {
		env = append(env, key+"="+set[key])
	}
	return env, nil
}

// with returns an environment with more variables, which replace others of the same name.
func with(env, more []string) []string {
	env = slices.DeleteFunc(env, func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.ContainsFunc(more, func(other string) bool { return strings.HasPrefix(other, name+"=") })
	})
	return append(env, more...)
}
