package tui

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/cancelreader"
	"golang.org/x/term"

	"hotreload/internal/tty"
	"hotreload/session"
	"hotreload/ui/keys"
)

// connection is the terminal in the hands of the app: what is typed goes to the app as it
// is, and what the app prints goes to the terminal, until the key to detach comes, or the
// app exits, or the updates end. The app that serves is the one that is connected, so a new
// version takes the place of the old one.
type connection struct {
	link    link
	console *console
	leave   leaveKeys
	banner  string
	out     chan []byte   // what the app prints
	over    chan struct{} // closed when the app, or all, has ended
	once    sync.Once
	done    chan struct{} // closed when nothing is shown any more
}

func newConnection(l link, app *console, all keys.Map) *connection {
	return &connection{
		link: l, console: app, leave: newLeaveKeys(all.Control(keys.Detach)),
		banner: fmt.Sprintf("── the app has the terminal; %s returns to hotreload ──\r\n", all.Of(keys.Detach).All()),
		out:    make(chan []byte), over: make(chan struct{}), done: make(chan struct{}),
	}
}

// attachable is the answer to whether the app has a terminal.
type attachable struct{ terminal session.Terminal }

// attach asks whether the app can be given the terminal.
func (m *model) attach() tea.Cmd {
	switch {
	case m.status.state.Serving.PID == 0:
		m.notice = notice{"the app is not running, so it cannot have the terminal", warning}
		return nil
	case m.status.stopping:
		m.stop()
		return nil
	case len(m.settings.Keys.Control(keys.Detach)) == 0:
		m.notice = notice{`no key would take the terminal back; set one in the config: [ui.keys] detach = "ctrl+]"`, warning}
		return nil
	}
	return m.link.look(func(t session.Terminal) tea.Msg { return attachable{t} })
}

// connect gives the app the terminal. The screen waits meanwhile.
func (m *model) connect(a attachable) tea.Cmd {
	if !a.terminal.Exists {
		m.notice = notice{"the app runs on pipes (runner.pty), so it has no use for a terminal; " + m.keyName(keys.Input) + " types a line", warning}
		return nil
	}
	m.notice = notice{}
	c := newConnection(m.link, m.console, m.settings.Keys)
	if m.ascii {
		c.banner = ascii.Replace(c.banner)
	}
	return tea.Exec(c, func(err error) tea.Msg {
		if err != nil {
			return notice{"give the app the terminal: " + err.Error(), bad}
		}
		return tea.ResumeMsg{} // for the mouse
	})
}

// show passes on what the app printed, unless the connection is over.
func (c *connection) show(text []byte) {
	if c == nil {
		return
	}
	select {
	case c.out <- text:
	case <-c.done:
	}
}

// end ends the connection from outside.
func (c *connection) end() {
	if c != nil {
		c.once.Do(func() { close(c.over) })
	}
}

// SetStdin and the others do nothing: the terminal is known.
func (c *connection) SetStdin(io.Reader)  {}
func (c *connection) SetStdout(io.Writer) {}
func (c *connection) SetStderr(io.Writer) {}

// Run connects the app until one of the ends.
func (c *connection) Run() error {
	in, out := c.link.options.In, c.link.options.Out
	state, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return err
	}
	defer term.Restore(int(in.Fd()), state)
	keyboard, err := cancelreader.NewReader(in)
	if err != nil {
		return err
	}
	defer keyboard.Close()
	c.link.lend(true)
	defer c.link.lend(false)
	resized, stop := tty.OnResize()
	defer stop()

	if _, err := io.WriteString(out, c.banner); err != nil {
		return err
	}
	typed := make(chan []byte)
	var reading sync.WaitGroup
	reading.Go(func() { c.read(keyboard, typed) })
	screen, ok := c.console.connect(c)
	if ok {
		c.fit(out)
		_, err = out.Write(screen)
		for err == nil && c.pass(out, typed, resized, &err) {
		}
	}
	close(c.done)
	keyboard.Cancel()
	reading.Wait()
	_, undone := out.Write(c.console.disconnect())
	if err == nil {
		err = undone
	}
	return err
}

// pass passes on what comes next; false: that was the last.
func (c *connection) pass(out *os.File, typed <-chan []byte, resized <-chan os.Signal, failed *error) bool {
	select {
	case text := <-c.out:
		_, *failed = out.Write(text)
	case text, ok := <-typed:
		text, left := c.leave.cut(text)
		if len(text) > 0 {
			c.link.send(session.Typed{Text: text})
		}
		return ok && !left
	case <-resized:
		c.fit(out)
	case <-c.over:
		return false
	}
	return true
}

// fit tells the app how large the terminal is.
func (c *connection) fit(out *os.File) {
	if columns, rows, err := term.GetSize(int(out.Fd())); err == nil {
		c.link.resize(columns, rows)
	}
}

// read reads what is typed, until it is cancelled or the terminal is gone.
func (c *connection) read(keyboard io.Reader, typed chan<- []byte) {
	defer close(typed)
	for {
		text := make([]byte, 4096)
		n, err := keyboard.Read(text)
		if n > 0 {
			select {
			case typed <- text[:n]:
			case <-c.done:
				return
			}
		}
		if err != nil || n == 0 {
			return
		}
	}
}

// leaveKeys finds the key that takes the terminal back among what is typed.
type leaveKeys struct{ pattern *regexp.Regexp }

// newLeaveKeys finds control characters, as they are and as the terminal sends them when the
// app has asked for another protocol (kitty's, or xterm's modifyOtherKeys), whatever locks
// are on.
func newLeaveKeys(controls []byte) leaveKeys {
	var any []string
	for _, c := range controls {
		code := strconv.Itoa(int(c | 0x40))
		if c >= 1 && c <= 26 {
			code = strconv.Itoa(int(c | 0x60))
		}
		any = append(any, regexp.QuoteMeta(string(rune(c))),
			`\x1b\[`+code+`(?::[0-9:]*)?;(?:5|69|133|197)(?::1)?u`, `\x1b\[27;5;`+code+`~`)
	}
	return leaveKeys{regexp.MustCompile(strings.Join(any, "|"))}
}

// cut returns what was typed before the key; false: it was not typed.
func (k leaveKeys) cut(text []byte) (before []byte, left bool) {
	if at := k.pattern.FindIndex(text); at != nil {
		return text[:at[0]], true
	}
	return text, false
}
