package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"hotreload/build"
)

// crossBuilders build for other platforms, each in a cache of its own. One build runs at a time.
type crossBuilders struct {
	project project
	root    string
	cache   string
	all     map[string]*crossBuilder
}

// crossBuilder builds for one platform.
type crossBuilder struct {
	*build.Builder
	builds int
	last   build.Artifact
}

func newCrossBuilders(p project, root string) *crossBuilders {
	return &crossBuilders{p, root, filepath.Join(cacheDir(root), "cross"), map[string]*crossBuilder{}}
}

// build builds what the config says now.
func (c *crossBuilders) build(ctx context.Context, platform string) (file string, err error) {
	settings, err := c.project.readConfig(ctx)
	if err != nil {
		return "", err
	}
	if len(settings.Build.Command) > 0 {
		return "", fmt.Errorf("build.command builds for this machine alone, and not for %s", platform)
	}
	if len(settings.Build.Plugin) > 0 {
		return "", fmt.Errorf("an app with plugins needs cgo and a C library, so it is built for this machine's platform alone, and not for %s", platform)
	}
	b, err := c.builder(platform)
	if err != nil {
		return "", err
	}
	system, rest, _ := strings.Cut(platform, "/")
	machine, _, _ := strings.Cut(rest, "/")
	config := settings.Build
	config.Env = maps.Clone(config.Env)
	if config.Env == nil {
		config.Env = map[string]string{}
	}
	config.Env["GOOS"], config.Env["GOARCH"], config.Env["CGO_ENABLED"] = system, machine, "0"
	config.Race = false // needs cgo
	b.builds++
	a, err := b.Build(ctx, build.Request{Config: config, Package: settings.Package, ID: b.builds, Prev: b.last, Whole: true})
	var failed *build.Error
	if errors.As(err, &failed) {
		return "", fmt.Errorf("it does not build for %s: %s", platform, firstLine(failed.Text))
	}
	if err != nil {
		return "", err
	}
	if b.last.Path != "" && b.last.Path != a.Path {
		b.Forget(b.last)
	}
	b.last = a
	return a.Path, nil
}

// firstLine is the first line of a compiler's that says something.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return "the compiler does not say why"
}

func (c *crossBuilders) builder(platform string) (*crossBuilder, error) {
	if b := c.all[platform]; b != nil {
		return b, nil
	}
	dir := filepath.Join(c.cache, strings.ReplaceAll(platform, "/", "-"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	b := &crossBuilder{Builder: build.New(c.root, dir)}
	if err := b.Open(); err != nil {
		return nil, err
	}
	c.all[platform] = b
	return b, nil
}

// close removes what they have built.
func (c *crossBuilders) close() {
	for _, b := range c.all {
		_ = b.Close() // the next session tries again
	}
}
