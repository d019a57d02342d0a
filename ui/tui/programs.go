package tui

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/ui/editor"
)

// edit opens a file at a position. An editor in the terminal keeps it until it exits.
func (m *model) edit(file string, line, column int) tea.Cmd {
	found, err := editor.Find(m.settings.Editor, editor.Place{File: file, Line: line, Column: column},
		editor.System{Getenv: os.Getenv, LookPath: exec.LookPath})
	if err != nil {
		m.notice = notice{err.Error(), bad}
		return nil
	}
	if !found.Terminal {
		m.notice = notice{"opening " + clean(file), dim}
		return detached(found.Args)
	}
	cmd := exec.Command(found.Args[0], found.Args[1:]...)
	cmd.Dir = m.status.state.Root
	return tea.Sequence(
		func() tea.Msg { m.link.lend(true); return nil },
		tea.ExecProcess(cmd, func(err error) tea.Msg {
			m.link.lend(false)
			if err != nil {
				return notice{fmt.Sprintf("%s: %v", found.Args[0], err), bad}
			}
			return notice{}
		}))
}

// open opens the app in the browser.
func (m *model) open() tea.Cmd {
	if m.status.state.Serving.Address == "" {
		m.notice = notice{"the app has no address to open", warning}
		return nil
	}
	url := m.status.url()
	args := []string{"xdg-open", url}
	switch runtime.GOOS {
	case "darwin":
		args = []string{"open", url}
	case "windows":
		args = []string{"rundll32", "url.dll,FileProtocolHandler", url}
	}
	m.notice = notice{"opening " + url, dim}
	return detached(args)
}

// detached runs a program with its own windows. The screen does not wait for it, and
// mentions it again only if it fails.
func detached(args []string) tea.Cmd {
	return func() tea.Msg {
		cmd := exec.Command(args[0], args[1:]...)
		editor.Detach(cmd)
		if err := cmd.Run(); err != nil {
			return notice{fmt.Sprintf("cannot run %s: %v", args[0], err), bad}
		}
		return nil
	}
}
