package tui

import (
	"strings"

	"hotreload/session"
	"hotreload/ui/words"
)

// journal writes what happens into the panes of lines.
type journal struct {
	words  words.Teller
	loaded int // the last version whose plugins were loaded into a process
	look   styles
}

// tell writes an event in words.
func (j *journal) tell(u session.Update, to *pager) {
	text := j.words.Tell(u)
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
		to.print(line{text: j.look.paint(dim, stamp) + j.look.paint(t, l), indent: indent})
	}
}

// divide draws a line between the output of versions.
func (j *journal) divide(u session.Update, h *history, to *pager) {
	switch d := u.Event.Data.(type) {
	case session.AppStart:
		if d.Replaces != 0 {
			break
		}
		to.setRest("")
		to.print(line{text: divider(u, h), tone: accent, rule: true})
	case session.PluginLoaded:
		if j.loaded < u.Event.Gen { // a version may load several
			j.loaded = u.Event.Gen
			to.print(line{text: divider(u, h), tone: accent, rule: true})
		}
	case session.AppExit:
		to.setRest("")
		if d.Expected {
			break
		}
		t := bad
		if d.Code == 0 {
			t = dim
		}
		to.print(line{text: ending(u.Event.Gen, &d), tone: t, rule: true})
		if d.PID == 0 {
			to.print(line{text: " " + clean(d.Last), tone: bad, indent: 1})
		}
		if d.Hint != "" {
			to.print(line{text: " " + clean(d.Hint), tone: warning, indent: 1})
		}
	}
}

// divider names a version, the rung and the reason.
func divider(u session.Update, h *history) string {
	text := "v" + itoa(u.Event.Gen) + " · "
	b, known := h.begun[u.Event.Gen]
	switch {
	case !known:
		return text + "again" // a newer version failed
	case u.Event.Gen == 1:
		text += "start"
	default:
		text += string(b.plan.Rung)
	}
	if why := b.what(); why != "" {
		text += " · " + clean(why)
	}
	return text
}
