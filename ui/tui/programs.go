package tui

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"

	tea "github.com/charmbracelet/bubbletea"

	"hotreload/ui/editor"
)

// edit opens a file at a place. An editor of the terminal has it until it ends.
func (m *model) edit(file string, line, column int) tea.Cmd {
	found, err := editor.Find(m.Editor, editor.Place{File: file, Line: line, Column: column},
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
	lend := m.Lent
	return tea.Sequence(
		func() tea.Msg { lend(true); return nil },
		tea.ExecProcess(cmd, func(err error) tea.Msg {
			lend(false)
			if err != nil {
				return notice{fmt.Sprintf("%s: %v", found.Args[0], err), bad}
			}
			return notice{}
		}))
}

// open shows the app in the browser.
func (m *model) open() tea.Cmd {
	if m.status.state.Serving.Address == "" {
		m.notice = notice{"the app has no address that could be opened", warning}
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

// detached starts a program that has windows of its own, and waits for its end,
// so that it leaves no zombie, without the screen waiting. It is told of only if
// it fails.
func detached(args []string) tea.Cmd {
	return func() tea.Msg {
		cmd := exec.Command(args[0], args[1:]...)
		leaveGroup(cmd)
		if err := cmd.Run(); err != nil {
			return notice{fmt.Sprintf("could not run %s: %v", args[0], err), bad}
		}
		return nil
	}
}
