package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hotreload/session"
	"hotreload/ui/display"
	"hotreload/ui/words"
)

// maxCycles is how many the history remembers.
const maxCycles = 1000

// past is a cycle that has ended.
type past struct {
	session.Cycle
	at    time.Time
	gen   int
	times int // how often the same has led to nothing, one after the other
	begun
}

// begun is a cycle under way.
type begun struct {
	paths []string // that changed for it
	plan  session.Plan
}

// history is the pane of cycles, the newest first.
type history struct {
	list   []past        // the newest last
	chosen int           // from the newest
	open   bool          // the chosen one shows its details
	begun  map[int]begun // cycles under way, by their gen
	look   styles
}

// take notes what an update tells.
func (h *history) take(u session.Update) {
	if h.begun == nil {
		h.begun = map[int]begun{}
	}
	gen := u.Event.Gen
	b := h.begun[gen]
	switch d := u.Event.Data.(type) {
	case session.Change:
		b.paths = union(b.paths, d.Paths)
		h.begun[gen] = b
	case session.Plan:
		b.plan = d
		h.begun[gen] = b
	case session.BuildCancel:
		delete(h.begun, gen)
	case session.Cycle:
		delete(h.begun, gen)
		h.add(past{Cycle: d, at: u.Event.Time, gen: gen, times: 1, begun: b})
	}
}

// union joins sets of paths, sorted.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// add takes a cycle. One that leads to nothing like the one before is no line of
// its own: an app may write its log all day.
func (h *history) add(p past) {
	if n := len(h.list) - 1; n >= 0 && p.idle() && h.list[n].idle() && p.Reason == h.list[n].Reason && slices.Equal(p.paths, h.list[n].paths) {
		p.times += h.list[n].times
		h.list[n] = p
		return
	}
	h.list = append(h.list, p)
	if len(h.list) > maxCycles {
		h.list = h.list[1:]
	}
	if h.chosen > 0 || h.open { // it stays the one that somebody looks at
		h.chosen = min(h.chosen+1, len(h.list)-1)
	}
}

// idle reports whether nothing was to be done.
func (p past) idle() bool { return p.Result == session.NoOp && p.plan.Rung == session.None }

func (h *history) move(by int) { h.chosen = min(max(0, h.chosen+by), max(0, len(h.list)-1)) }

func (h *history) toggle() { h.open = !h.open && len(h.list) > 0 }

// cycle is one by its number from the newest.
func (h *history) cycle(n int) past { return h.list[len(h.list)-1-n] }

// phases are what a cycle's time went to. Each has its own sign, so that no
// colour is needed to tell them apart.
func (p past) phases() []phase {
	return []phase{
		{"watch", "░", dim, p.WatchMS},
		{"generate", "▒", accent, p.GenerateMS},
		{"build", "█", warning, p.BuildMS},
		{"apply", "▓", good, p.ApplyMS},
	}
}

type phase struct {
	name, sign string
	tone       tone
	ms         int64
}

// bar shows where the time went, to the scale of the longest cycle in sight.
func (h *history) bar(p past, longest int64, width int) string {
	var b strings.Builder
	used := 0
	for _, f := range p.phases() {
		n := int((f.ms*int64(width) + longest/2) / max(1, longest))
		if f.ms > 0 && n == 0 {
			n = 1
		}
		n = min(n, width-used)
		used += n
		b.WriteString(h.look.paint(f.tone, strings.Repeat(f.sign, n)))
	}
	return b.String() + strings.Repeat(" ", width-used)
}

// head is the line of a cycle.
func (h *history) head(n int, longest int64, width int) string {
	p := h.cycle(n)
	sign, t := "✓", good
	switch p.Result {
	case session.Failed:
		sign, t = "✗", bad
	case session.NoOp:
		sign, t = "·", dim
	}
	left := " "
	if n == h.chosen {
		left = h.look.paint(accent, "▌")
	}
	version := fmt.Sprintf("v%d", p.gen)
	if p.idle() {
		version = "" // none came of it
	}
	text := left + h.look.paint(t, sign) + " "
	took := fmt.Sprintf("%8s", words.Duration(p.TotalMS)) + "  "
	if width >= roomy {
		text += p.at.Format("15:04:05") + "  " + fit(version, 4) + " " + fit(string(p.Rung), 7) + " " + took +
			h.bar(p, longest, 12+max(0, width-100)/4) + "  "
	} else {
		text += p.at.Format("15:04") + " " + fit(version, 4) + took
	}
	text += clean(p.what())
	if p.times > 1 {
		text += h.look.paint(dim, fmt.Sprintf(" (%d times)", p.times))
	}
	return display.Cut(text, width)
}

// what is why there was a cycle: what changed, or who asked.
func (p past) what() string {
	switch len(p.paths) {
	case 0:
		return p.plan.Reason
	case 1:
		return p.paths[0]
	}
	return fmt.Sprintf("%s and %s", p.paths[0], words.Plural(len(p.paths)-1, "more file"))
}

// details are what else is known of a cycle.
func (h *history) details(n, width int) []string {
	p := h.cycle(n)
	var times []string
	for _, f := range p.phases() {
		if f.ms > 0 {
			times = append(times, h.look.paint(f.tone, f.sign)+" "+f.name+" "+words.Duration(f.ms))
		}
	}
	rows := display.WrapWords("   "+clean(p.plan.Reason), width, 3)
	if p.Reason != p.plan.Reason {
		rows = append(rows, display.WrapWords("   "+clean(p.Reason), width, 3)...)
	}
	if len(times) > 0 {
		rows = append(rows, display.Cut("   "+strings.Join(times, "  "), width))
	}
	for i, path := range p.paths {
		if i == 8 && len(p.paths) > 9 {
			rows = append(rows, display.Cut("   "+h.look.paint(dim, fmt.Sprintf("and %d more", len(p.paths)-i)), width))
			break
		}
		rows = append(rows, display.Cut("   "+h.look.paint(dim, clean(path)), width))
	}
	return rows
}

// view is the pane, scrolled so that the chosen one and its details are in sight,
// and which cycle each row belongs to.
func (h *history) view(width, height int) (shown []string, owners []int) {
	if len(h.list) == 0 {
		return []string{"", " nothing yet: each save is a line here"}, []int{-1, -1}
	}
	var details []string
	if h.open {
		details = h.details(h.chosen, width)
	}
	details = details[:min(len(details), max(0, height-1))]
	first := max(0, h.chosen+1+len(details)-height)
	longest := int64(1)
	for n := first; n < len(h.list) && n < first+height; n++ {
		longest = max(longest, h.cycle(n).TotalMS)
	}
	for n := first; n < len(h.list) && len(shown) < height; n++ {
		shown, owners = append(shown, h.head(n, longest, width)), append(owners, n)
		if n == h.chosen {
			for _, row := range details {
				shown, owners = append(shown, row), append(owners, n)
			}
		}
	}
	return shown[:min(len(shown), height)], owners[:min(len(owners), height)]
}
