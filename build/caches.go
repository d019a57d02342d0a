package build

import (
	"os"
	"path/filepath"

	"hotreload/build/gocmd"
)

// Caches are the directories in which the go command keeps what it has built and downloaded,
// absolute, as far as is known without asking it.
func Caches(c Config) []string {
	var dirs []string
	add := func(dir string) {
		if !filepath.IsAbs(dir) {
			return // not set, or "off"
		}
		dirs = append(dirs, filepath.Clean(dir))
		if real, err := filepath.EvalSymlinks(dir); err == nil && real != dirs[len(dirs)-1] {
			dirs = append(dirs, real)
		}
	}
	set := goSettings(c)
	cache := set("GOCACHE")
	if base, err := os.UserCacheDir(); cache == "" && err == nil {
		cache = filepath.Join(base, "go-build")
	}
	add(cache)
	if modules := set("GOMODCACHE"); modules != "" {
		add(modules)
		return dirs
	}
	path := set("GOPATH")
	if home, err := os.UserHomeDir(); path == "" && err == nil {
		path = filepath.Join(home, "go")
	}
	if first := filepath.SplitList(path); len(first) > 0 {
		add(filepath.Join(first[0], "pkg", "mod"))
	}
	return dirs
}

// goSettings returns what go env would: from the environment of the build, or set by
// go env -w; empty: neither.
func goSettings(c Config) func(name string) string {
	return func(name string) string { return gocmd.Setting(c.Env, name) }
}
