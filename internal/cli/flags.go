package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"hotreload/internal/config"
	"hotreload/ui"
)

// flags are those of all commands, and those of a session.
type flags struct {
	chdir   string
	config  string
	set     []string
	ui      string
	events  string
	bus     bool
	verbose bool
}

// directory is the absolute path of the directory to work in.
func (f flags) directory() (string, error) {
	dir, err := filepath.Abs(f.chdir)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", usageError{fmt.Sprintf("-C %s: no such directory", f.chdir)}
	case err != nil:
		return "", usageError{fmt.Sprintf("-C %s: %v", f.chdir, err)}
	case !info.IsDir():
		return "", usageError{fmt.Sprintf("-C %s: this is a file; name the project's directory", f.chdir)}
	}
	return dir, nil
}

// load reads the config for the directory to work in.
func (f flags) load() (*config.Loaded, string, error) {
	dir, err := f.directory()
	if err != nil {
		return nil, "", err
	}
	loaded, err := config.Load(config.Options{Dir: dir, File: f.config, Set: f.set, CheckUI: checkUI})
	if err == nil && f.bus && !loaded.Config.Bus.On() {
		loaded.Config.Bus.Listen = anyPort
	}
	return loaded, dir, err
}

// mode is how to show the session on this terminal or pipe.
func (f flags) mode() (ui.Mode, error) {
	mode, err := ui.ParseMode(f.ui)
	if err != nil {
		return "", err
	}
	return mode.Settle(ui.Terminal{
		In: term.IsTerminal(int(os.Stdin.Fd())), Out: term.IsTerminal(int(os.Stdout.Fd())), Kind: os.Getenv("TERM"),
	})
}
