package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"

	"hotreload/internal/proxy/browser"
	"hotreload/session"
	"hotreload/ui/editor"
	"hotreload/ui/tui"
)

// editing opens the user's editor for a page.
type editing struct {
	root       string
	configured atomic.Value // ui.editor, a string
}

// take takes ui.editor from a config.
func (e *editing) take(c session.Config) {
	if s, ok := c.UI.(*tui.Settings); ok {
		e.configured.Store(s.Editor)
	}
}

// open opens a place. An editor that needs a terminal has none here.
func (e *editing) open(at browser.Place) error {
	file := filepath.FromSlash(at.File)
	if !filepath.IsAbs(file) {
		file = filepath.Join(e.root, file)
	}
	configured, _ := e.configured.Load().(string)
	found, err := editor.Find(configured, editor.Place{File: file, Line: at.Line, Column: at.Column},
		editor.System{Getenv: os.Getenv, LookPath: exec.LookPath})
	if err != nil {
		return err
	}
	if found.Terminal {
		return fmt.Errorf("%s runs in a terminal, and a page has none; set ui.editor to an editor with a window of its own", filepath.Base(found.Args[0]))
	}
	cmd := exec.Command(found.Args[0], found.Args[1:]...)
	cmd.Dir = e.root
	editor.Detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // it is the user's: it may outlive us
	return nil
}
