package runner

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/internal/appsock"
	"hotreload/internal/supervise"
)

// wrapper is the path of the program that starts the app; empty: none does.
func (r Request) wrapper() (path string, err error) {
	if len(r.Config.Wrap) == 0 {
		return "", nil
	}
	path = r.Config.Wrap[0]
	if strings.ContainsRune(path, filepath.Separator) && !filepath.IsAbs(path) {
		path = filepath.Join(r.dir(), path)
	}
	if path, err = exec.LookPath(path); err != nil {
		return "", fmt.Errorf("runner.wrap: %w", err)
	}
	return path, nil
}

// setPID is a shell's command that tells the app its own process ID, which a wrapper has
// no way to know, and becomes the app.
const setPID = `export ` + appsock.PIDEnv + `=$$; exec "$@"`

// wrapped has the wrapper, if there is one, start the app.
func (l *launch) wrapped(app supervise.Spec) supervise.Spec {
	if l.wrapper == "" {
		return app
	}
	args := slices.Concat([]string{app.Path}, app.Args[1:])
	if len(l.listeners) > 0 {
		args = append([]string{"/bin/sh", "-c", setPID, "sh"}, args...)
	}
	app.App, app.Path = app.Path, l.wrapper
	app.Args = slices.Concat(l.request.Config.Wrap, args)
	return app
}
