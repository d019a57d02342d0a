package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"hotreload/internal/mailbox"
	"hotreload/session"
	"hotreload/ui/keys"
	"hotreload/ui/words"
)

// model is the whole screen. Its parts do not know each other; it passes updates
// and keys to them.
type model struct {
	link     link
	settings Settings
	reader   *reader
	status   status
	panes    panes
	overlay  overlay
	prompt   prompt
	notice   notice // replaces the line of keys until the next key
	journal  journal
	tally    tally
	clock    clock
	console  *console
	mouse    bool
	look     styles
	ascii    bool // the terminal shows nothing else
}

// notice is a line that answers a key.
type notice struct {
	text string
	tone tone
}

// clock lets time that is on the screen pass.
type clock struct {
	now     func() time.Time
	ticking bool
}

// tick is the next moment to draw.
type tick struct{}

// tickEvery is how often the duration of a build is drawn.
const tickEvery = 100 * time.Millisecond

func newModel(o Options, box *mailbox.Box[item], look styles) *model {
	m := &model{
		link:     link{options: o, out: o.Out, done: make(chan struct{})},
		settings: o.Start, reader: &reader{box: box}, clock: clock{now: time.Now}, console: &console{}, look: look,
		status: status{look: look}, panes: newPanes(look), journal: journal{look: look},
	}
	m.prompt.input = newInput()
	return m
}

func (m *model) Init() tea.Cmd { return m.reader.next }

// Update reacts to a message.
func (m *model) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch message := message.(type) {
	case tea.WindowSizeMsg:
		m.resize(message.Width, message.Height)
		return m, nil
	case tea.KeyMsg:
		return m, m.keys(message)
	case tea.MouseMsg:
		return m, m.mouseEvent(tea.MouseEvent(message))
	case tea.ResumeMsg:
		if m.mouse {
			return m, tea.EnableMouseCellMotion
		}
	case news:
		return m, tea.Batch(m.take(message), m.reader.next)
	case sources:
		m.panes.problems.addSources(message)
	case notice:
		m.notice = message
	case tick:
		m.clock.ticking = false
		return m, m.tick()
	case looked:
		return m, m.prompt.hiding.take(message)
	case lookAgain:
		return m, m.lookAgain(message)
	case attachable:
		return m, m.connect(message)
	case over:
		return m, tea.Quit
	}
	return m, nil
}

// take shows news.
func (m *model) take(all news) tea.Cmd {
	output := m.panes.output
	var commands []tea.Cmd
	for _, e := range all {
		switch {
		case e.missed > 0:
			output.print(line{text: words.Plural(e.missed, "line") + " dropped: the app printed too fast", tone: dim, rule: true})
		case e.update != nil:
			commands = append(commands, m.update(*e.update))
		default:
			for _, text := range e.lines {
				output.print(line{text: text})
			}
			output.setRest(e.rest)
		}
	}
	return tea.Batch(append(commands, m.tick())...)
}

// update shows an update that is not output.
func (m *model) update(u session.Update) tea.Cmd {
	if s, ok := u.State.UI().(*Settings); ok {
		m.settings = *s
	}
	m.status.take(u)
	if out, ok := u.Event.Data.(session.AgentOutput); ok {
		m.printed(out)
		return nil
	}
	m.tally.take(u)
	m.journal.divide(u, &m.panes.history, m.panes.output)
	m.panes.history.take(u)
	m.journal.tell(u, m.panes.build)
	m.refreshValues(u.State)
	m.refreshInstances(u.State)
	if !m.panes.showProblems(u, m.prompt.kind != noPrompt) {
		return nil
	}
	return m.panes.problems.load(u.State.Root, m.panes.problems.list)
}

// resize fits everything to the screen.
func (m *model) resize(width, height int) {
	m.panes.resize(width, height)
	pane := m.panes.layout().pane
	switch m.overlay.kind {
	case helpOverlay: // its columns depend on the width
		m.overlay.renew(m.helpLines(), &m.panes, m.look)
	case valuesOverlay, instancesOverlay:
		m.overlay.pager.resize(m.panes.width, pane)
	}
	m.link.resize(m.panes.width, pane)
}

// tick draws time as it passes, but only while there is any on the screen.
func (m *model) tick() tea.Cmd {
	if m.clock.ticking || !m.status.busy() {
		return nil
	}
	m.clock.ticking = true
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tick{} })
}

// lines is the list of lines in front; nil: there is none.
func (m *model) lines() *pager {
	if m.overlay.pager != nil {
		return m.overlay.pager
	}
	return m.panes.lines()
}

// keyName is how the screen shows the key of an action; empty: it has none.
func (m *model) keyName(a keys.Action) string { return m.settings.Keys.Of(a).Key.Help().Key }

func cells(text string) int { return ansi.StringWidth(text) }
