package tui

import (
	"fmt"
	"strings"
	"time"

	"hotreload/internal/fleet"
	"hotreload/session"
	"hotreload/ui/words"
)

// This file has the list of instances that run elsewhere. What they say of themselves comes over
// a network.

// noInstances is the answer to the key where there is no bus.
const noInstances = "there are no instances elsewhere; hotreload --bus makes them possible"

// toggleInstances opens or closes the list.
func (m *model) toggleInstances() {
	switch {
	case m.overlay.kind == instancesOverlay:
		m.overlay.close()
	case m.status.state.Elsewhere.Join == "":
		m.notice = notice{noInstances, warning}
	default:
		m.overlay.open(instancesOverlay, m.instanceLines(m.status.state), &m.panes, m.look)
	}
}

// refreshInstances updates the list on the screen.
func (m *model) refreshInstances(s session.State) {
	if m.overlay.kind == instancesOverlay {
		m.overlay.renew(m.instanceLines(s), &m.panes, m.look)
	}
}

// instanceLines lists the instances, and how to make another one.
func (m *model) instanceLines(s session.State) []line {
	all := s.Elsewhere.Instances
	names, platforms := 0, 0
	for _, i := range all {
		names, platforms = max(names, cells(clean(i.Name))), max(platforms, cells(clean(i.Platform)))
	}
	var lines []line
	for _, i := range all {
		text := " " + m.look.paint(strong, fit(clean(i.Name), min(names, 30))) + "  " +
			m.look.paint(dim, fit(clean(i.Platform), min(platforms, 20))) + "  " + m.condition(i)
		lines = append(lines, line{text: text, indent: 3})
		if i.Condition == fleet.Failing && i.Reason != "" {
			lines = append(lines, line{text: "   " + m.look.paint(bad, clean(i.Reason)), indent: 3})
		}
	}
	if len(all) == 0 {
		lines = append(lines, line{text: " No instance has joined yet", indent: 1})
	}
	return append(lines, line{}, line{text: m.look.paint(dim, " To run the app elsewhere, too, run there:"), indent: 1}, line{text: " " + clean(s.Elsewhere.Join), indent: 1})
}

// condition says what an instance is doing, what serves there, and what the last version cost.
func (m *model) condition(i fleet.Instance) string {
	mark, t := "◐", warning
	switch i.Condition {
	case fleet.Serving:
		mark, t = "●", good
	case fleet.Failing:
		mark, t = "✗", bad
	case fleet.Waiting:
		mark, t = "○", dim
	}
	text := m.look.paint(t, mark+" "+string(i.Condition))
	if i.Version > 0 {
		text = m.look.paint(t, fmt.Sprintf("%s v%d %s", mark, i.Version, clean(string(i.Condition))))
	}
	var rest []string
	if p := i.Serving; p.PID != 0 {
		if p.Version != i.Version {
			rest = append(rest, fmt.Sprintf("v%d serves", p.Version))
		}
		rest = append(rest, "since "+p.Since.Format(time.TimeOnly))
		if p.Address != "" {
			rest = append(rest, clean(p.Address))
		}
	}
	if i.Bytes > 0 {
		rest = append(rest, fmt.Sprintf("%s in %s", words.Bytes(i.Bytes), words.Duration(i.MS)))
	}
	return text + m.look.paint(dim, "  "+strings.Join(rest, "  "))
}

// instances says how many there are, and how many serve the version that serves here.
func (s *status) instances() string {
	all, newest := s.state.Elsewhere.Instances, 0
	for _, i := range all {
		if i.Condition == fleet.Serving && i.Version == s.state.Serving.Gen {
			newest++
		}
	}
	switch {
	case len(all) == 0:
		return ""
	case newest == len(all):
		return words.Plural(newest, "instance")
	}
	return fmt.Sprintf("%d of %s", newest, words.Plural(len(all), "instance"))
}

// printed shows what an instance printed among the output.
func (m *model) printed(o session.AgentOutput) {
	m.panes.output.print(line{text: m.look.paint(dim, clean(o.Name)+" | ") + clean(o.Text)})
}
