package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hotreload/build"
	"hotreload/internal/config"
	"hotreload/internal/control"
	"hotreload/session"
	"hotreload/ui/keys"
	"hotreload/ui/tui"
)

// project decides what a session builds and runs, at its start and whenever the config
// changes.
type project struct {
	flags   flags
	dir     string   // the directory that hotreload was started in
	pkg     string   // as given on the command line
	appArgs []string // as given on the command line; nil when there was no --
	builder *build.Builder
}

// openProject opens the builder's cache for the project at root.
func openProject(f flags, dir, root string) (project, error) {
	cache := cacheDir(root)
	if err := checkCache(cache); err != nil {
		return project{}, err
	}
	b := build.New(root, cache)
	b.Injections = filepath.Join(filepath.Dir(cache), "inject")
	b.Libraries = librariesDir(cache)
	b.Recaller, _ = os.Executable() // without it, more is compiled
	return project{flags: f, dir: dir, builder: b}, b.Open()
}

// librariesDir is where the libraries of all projects are, beside the cache of one.
func librariesDir(cache string) string { return filepath.Join(filepath.Dir(cache), "libraries") }

// settings is the session's config: the file's, with what the command line overrides.
func (p project) settings(ctx context.Context, l *config.Loaded) (session.Config, error) {
	c := session.Config{
		Watch: l.Config.Watch, Build: l.Config.Build, Runner: l.Config.Runner, Proxy: l.Config.Proxy, Origins: l.Origins,
		UI: &tui.Settings{Keys: keys.New(l.Config.UI.Keys), Editor: l.Config.UI.Editor},
	}
	c.Watch.Caches = append(build.Caches(c.Build), filepath.Dir(cacheDir(l.Root)))
	if p.appArgs != nil {
		c.Runner.Args = p.appArgs
	}
	pkg, dir := p.pkg, p.dir
	if pkg == "" && c.Build.Package != "" {
		pkg, dir = c.Build.Package, l.Root
	}
	var err error
	c.Package, err = p.builder.Resolve(ctx, c.Build, pkg, dir)
	var foreign *build.ForeignError
	if err != nil && len(c.Build.Command) > 0 && !errors.As(err, &foreign) { // it may build something that is not a package
		c.Unknown = p.unknownPackage(ctx, c.Build, pkg, err)
		c.Package, err = ".", nil
	}
	if err == nil {
		err = atPlugin(l, p.builder.CheckPlugins(ctx, c.Build, c.Package))
	}
	return c, err
}

// unknownPackage says what build.command builds as far as is known, and what to set.
func (p project) unknownPackage(ctx context.Context, c build.Config, pkg string, err error) string {
	what := "it is not known which package build.command builds"
	if pkg != "" {
		what = "build.command does not build a main package that is here: " + strings.ReplaceAll(strings.Join(strings.Fields(err.Error()), " "), "; ", ", ")
	}
	what += ", and so which files matter: an edit may lead to no build, or to one that is not needed"
	if mains, failed := p.builder.Mains(ctx, c, p.dir); failed == nil && len(mains) > 0 {
		return what + "; set build.package to one of " + strings.Join(mains, ", ")
	}
	return what + "; set build.package, or name what the command reads in a [[build.generate]] table"
}

// atPlugin adds the place in the config to an error about a plugin.
func atPlugin(l *config.Loaded, err error) error {
	var wrong *build.PluginError
	if !errors.As(err, &wrong) {
		return err
	}
	origin := l.Origins[fmt.Sprintf("build.plugin[%d].package", wrong.Index)]
	return usageError{fmt.Sprintf("%s: build.plugin.package: %s", origin, wrong.Message)}
}

func (p project) readConfig(ctx context.Context) (session.Config, error) {
	loaded, _, err := p.flags.load()
	if err != nil {
		return session.Config{}, err
	}
	return p.settings(ctx, loaded)
}

// configFile is where the config is, or where it would be.
func configFile(l *config.Loaded) string {
	if l.File != "" {
		return l.File
	}
	return filepath.Join(l.Root, config.FileName)
}

// checkCache makes sure that no other user can write to the directories of ours that the
// cache of a project is in, and creates them.
func checkCache(cache string) error {
	ours := filepath.Dir(cache)
	if err := checkShared(ours); err != nil {
		return err
	}
	return private(cache, filepath.Join(ours, "inject"))
}

// checkShared is checkCache for the directory that the caches of all projects are in.
func checkShared(ours string) error {
	if base := filepath.Dir(ours); base == fallbackCache() {
		return private(base, ours)
	}
	return private(ours)
}

func private(dirs ...string) error {
	for _, dir := range dirs {
		if err := control.Private(dir, "XDG_CACHE_HOME"); err != nil {
			return err
		}
	}
	return nil
}

// fallbackCache is where caches are if neither XDG_CACHE_HOME nor HOME is set.
func fallbackCache() string {
	return filepath.Join(os.TempDir(), "hotreload-"+strconv.Itoa(os.Getuid()))
}

// cacheDir is where the executables of a project are kept, and what its app writes beside
// its executable.
func cacheDir(root string) string {
	base, err := os.UserCacheDir()
	if err != nil {
		base = fallbackCache()
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real // the project has one, whatever it is called
	}
	sum := sha256.Sum256([]byte(root))
	return filepath.Join(base, "hotreload", hex.EncodeToString(sum[:8]))
}
