package tui

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"hotreload/session"
	"hotreload/ui/keys"
	"hotreload/ui/words"
)

// tab is one of the panes.
type tab int

const (
	outputTab tab = iota
	buildTab
	problemsTab
	historyTab
	tabCount
)

// model is the whole screen. Its parts know nothing of each other.
type model struct {
	Options
	reader *reader
	done   chan struct{} // closed when nobody takes commands any more
	now    func() time.Time
	load   func(root string, list []problem) tea.Cmd // reads the source of problems

	width, height int
	tab           tab
	former        *tab // where to go back to when the problems are gone
	status        status
	output, build *pager
	problems      problems
	history       history
	layer         layer
	overlay       *pager // nil while nothing lies over the panes
	prompt        prompt
	notice        notice // in place of the key line, until the next key
	mouse         bool
	ticking       bool
	tally         tally
	words         words.Teller
	shown         shownProblems
	plugged       int // the version that was the last to be loaded into a process
	look          styles
	ascii         bool // the terminal shows no other signs
}

// shownProblems is what the problems pane was made of, to notice a change.
type shownProblems struct {
	seq      int64
	failing  bool
	settings string // what is wrong with them
}

// notice is a line for the one who just pressed a key.
type notice struct {
	text string
	tone tone
}

// tick lets time pass that is shown as it does.
type tick struct{}

// tickEvery is how often the time of a build is drawn.
const tickEvery = 100 * time.Millisecond

func newModel(o Options, frames <-chan []item, look styles) *model {
	m := &model{
		Options: o, reader: &reader{frames: frames}, now: time.Now, load: loadSource,
		width: 80, height: 24, look: look,
		output: newPager(look), build: newPager(look),
		status: status{look: look}, problems: problems{look: look}, history: history{look: look},
	}
	m.prompt.input = newInput()
	return m
}

func (m *model) Init() tea.Cmd { return m.reader.next }

// Update takes what happened.
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
		m.problems.addSources(message)
	case notice:
		m.notice = message
	case tick:
		m.ticking = false
		return m, m.tick()
	case over:
		return m, tea.Quit
	}
	return m, nil
}

// take shows what is new.
func (m *model) take(all news) tea.Cmd {
	var commands []tea.Cmd
	for _, e := range all {
		switch {
		case e.missed > 0:
			m.output.print(line{text: words.Plural(e.missed, "line") + " came too fast to be shown", tone: dim, rule: true})
		case e.update != nil:
			commands = append(commands, m.update(*e.update))
		default:
			for _, text := range e.lines {
				m.output.print(line{text: text})
			}
			m.output.setRest(e.rest)
		}
	}
	return tea.Batch(append(commands, m.tick())...)
}

// update takes one update that is no output.
func (m *model) update(u session.Update) tea.Cmd {
	if s, ok := u.State.UI.(*Settings); ok {
		m.Keys, m.Editor = s.Keys, s.Editor
	}
	m.status.take(u)
	m.tally.take(u)
	m.divide(u)
	m.history.take(u)
	m.log(u)
	m.refreshValues(u)
	return m.findProblems(u)
}

// log writes what hotreload itself has to say.
func (m *model) log(u session.Update) {
	text := m.words.Tell(u)
	if text == "" {
		return
	}
	t := normal
	switch d := u.Event.Data.(type) {
	case session.BuildError:
		t = bad
	case session.AppExit:
		if d.Code != 0 {
			t = bad
		}
	case session.Cycle:
		t = good
	case session.Note:
		t = dim
	}
	stamp := u.Event.Time.Format("15:04:05") + " "
	indent := len(stamp)
	for i, l := range printableLines(text) {
		if i > 0 {
			stamp = strings.Repeat(" ", indent)
		}
		m.build.print(line{text: m.look.paint(dim, stamp) + m.look.paint(t, l), indent: indent})
	}
}

// divide draws a line in the output where a version begins or ends.
func (m *model) divide(u session.Update) {
	switch d := u.Event.Data.(type) {
	case session.AppStart:
		m.output.setRest("")
		m.output.print(line{text: m.divider(u), tone: accent, rule: true})
	case session.PluginLoaded:
		if m.plugged < u.Event.Gen { // a version may load several
			m.plugged = u.Event.Gen
			m.output.print(line{text: m.divider(u), tone: accent, rule: true})
		}
	case session.AppExit:
		m.output.setRest("")
		if d.Expected {
			break
		}
		t := bad
		if d.Code == 0 {
			t = dim
		}
		m.output.print(line{text: ending(u.Event.Gen, &d), tone: t, rule: true})
		if d.PID == 0 {
			m.output.print(line{text: " " + clean(d.Last), tone: bad})
		}
		if d.Hint != "" {
			m.output.print(line{text: " " + clean(d.Hint), tone: warning})
		}
	}
}

// divider names a version, what was done and why.
func (m *model) divider(u session.Update) string {
	text := "v" + itoa(u.Event.Gen) + " · "
	b, known := m.history.begun[u.Event.Gen]
	switch {
	case !known:
		return text + "again" // what came after it fell
	case u.Event.Gen == 1:
		text += "start"
	default:
		text += string(b.plan.Rung)
	}
	if why := (past{begun: b}).what(); why != "" {
		text += " · " + clean(why)
	}
	return text
}

// findProblems shows the problems of a state when they have changed: in front
// when there are errors, and back to the pane before when there are none, unless
// somebody has moved, or is typing.
func (m *model) findProblems(u session.Update) tea.Cmd {
	if m.shown.same(u) {
		return nil
	}
	m.problems.set(problemsOf(u.State))
	errors, _ := m.problems.counts()
	switch {
	case m.prompt.kind != noPrompt:
	case errors > 0 && m.tab != problemsTab && m.former == nil:
		former := m.tab
		m.former, m.tab = &former, problemsTab
	case errors == 0 && m.former != nil:
		m.tab, m.former = *m.former, nil
	}
	return m.load(u.State.Root, m.problems.list)
}

// same reports whether the problems are still those that were shown.
func (s *shownProblems) same(u session.Update) bool {
	now := *s
	switch u.Event.Data.(type) {
	case session.BuildError, session.BuildOK, session.AppStart, session.AppExit:
		now.seq = u.Event.Seq
	}
	now.failing = u.State.Panic != nil
	now.settings = wrongSettings(u.State)
	same := now == *s
	*s = now
	return same
}

// go to a pane, as somebody asked for.
func (m *model) goTo(t tab) {
	m.tab, m.former = t, nil
	m.closeLayer()
}

// tick keeps time passing while it is shown as it does, and only then.
func (m *model) tick() tea.Cmd {
	if m.ticking || !m.status.busy() {
		return nil
	}
	m.ticking = true
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tick{} })
}

// pager is the pane of lines that is in front, nil if another kind is.
func (m *model) pager() *pager {
	switch {
	case m.overlay != nil:
		return m.overlay
	case m.tab == outputTab:
		return m.output
	case m.tab == buildTab:
		return m.build
	}
	return nil
}

// send passes a command to the session.
func (m *model) send(c session.Command) tea.Cmd {
	commands, done := m.Commands, m.done
	return func() tea.Msg {
		select {
		case commands <- c:
		case <-done:
		}
		return nil
	}
}

// keyName is how the key of an action is shown.
func (m *model) keyName(a keys.Action) string { return m.Keys.Of(a).Key.Help().Key }

func cells(text string) int { return ansi.StringWidth(text) }
