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

// maxCycles is how many cycles the history keeps.
const maxCycles = 1000

// past is a cycle that has ended.
type past struct {
	cycle session.Cycle
	begun begun
	at    time.Time
	gen   int
	times int // in a row that the same change had no effect
}

// begun is a cycle in progress.
type begun struct {
	paths []string // that changed
	plan  session.Plan
}

// history is the pane of cycles, the newest first. The session's state has only the
// last one.
type history struct {
	list   []past        // the newest last
	chosen int           // counted from the newest
	open   bool          // the chosen one shows its details
	begun  map[int]begun // cycles in progress, by gen
	look   styles
}

// take records an update.
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
		h.add(past{cycle: d, at: u.Event.Time, gen: gen, times: 1, begun: b})
	}
}

// union joins sets of paths, sorted.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// add adds a cycle. One without effect that repeats the one before is counted
// there, since an app may write its log all day.
func (h *history) add(p past) {
	if n := len(h.list) - 1; n >= 0 && p.idle() && h.list[n].idle() && p.cycle.Reason == h.list[n].cycle.Reason && slices.Equal(p.begun.paths, h.list[n].begun.paths) {
		p.times += h.list[n].times
		h.list[n] = p
		return
	}
	h.list = append(h.list, p)
	if len(h.list) > maxCycles {
		h.list = h.list[1:]
	}
	if h.chosen > 0 || h.open { // the chosen cycle stays chosen
		h.chosen = min(h.chosen+1, len(h.list)-1)
	}
}

// idle reports whether there was nothing to do.
func (p past) idle() bool {
	return p.cycle.Result == session.NoOp && p.begun.plan.Rung == session.None
}

func (h *history) move(by int) { h.chosen = min(max(0, h.chosen+by), max(0, len(h.list)-1)) }

func (h *history) clear() { h.list, h.chosen, h.open = nil, 0, false }

func (h *history) toggle() { h.open = !h.open && len(h.list) > 0 }

// cycle is the nth cycle from the newest.
func (h *history) cycle(n int) past { return h.list[len(h.list)-1-n] }

// phases are where a cycle's time went. Each has its own sign, to be told apart
// without colours.
func (p past) phases() []phase {
	return []phase{
		{"watch", "░", dim, p.cycle.WatchMS},
		{"generate", "▒", accent, p.cycle.GenerateMS},
		{"build", "█", warning, p.cycle.BuildMS},
		{"apply", "▓", good, p.cycle.ApplyMS},
	}
}

type phase struct {
	name, sign string
	tone       tone
	ms         int64
}

// bar draws where the time went, to the scale of the longest cycle in view.
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

// head draws the line of a cycle.
func (h *history) head(n int, longest int64, width int) string {
	p := h.cycle(n)
	sign, t := "✓", good
	switch p.cycle.Result {
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
	if p.idle() || p.cycle.Rung == session.Browser {
		version = "" // there is none
	}
	text := left + h.look.paint(t, sign) + " "
	took := fmt.Sprintf("%8s", words.Duration(p.cycle.TotalMS)) + "  "
	if width >= roomy {
		text += p.at.Format("15:04:05") + "  " + fit(version, 4) + " " + fit(string(p.cycle.Rung), 7) + " " + took +
			h.bar(p, longest, 12+max(0, width-100)/4) + "  "
	} else {
		text += p.at.Format("15:04") + " " + fit(version, 4) + took
	}
	text += clean(p.begun.what())
	if p.times > 1 {
		text += h.look.paint(dim, fmt.Sprintf(" (%d times)", p.times))
	}
	return display.Cut(text, width)
}

// what names what caused a cycle: the files that changed, or the reason.
func (b begun) what() string {
	switch len(b.paths) {
	case 0:
		return b.plan.Reason
	case 1:
		return b.paths[0]
	}
	return fmt.Sprintf("%s and %s", b.paths[0], words.Plural(len(b.paths)-1, "more file"))
}

// details draws what else is known of a cycle.
func (h *history) details(n, width int) []string {
	p := h.cycle(n)
	var times []string
	for _, f := range p.phases() {
		if f.ms > 0 {
			times = append(times, h.look.paint(f.tone, f.sign)+" "+f.name+" "+words.Duration(f.ms))
		}
	}
	rows := display.WrapWords("   "+clean(p.begun.plan.Reason), width, 3)
	if p.cycle.Reason != p.begun.plan.Reason {
		rows = append(rows, display.WrapWords("   "+clean(p.cycle.Reason), width, 3)...)
	}
	if len(times) > 0 {
		rows = append(rows, display.Cut("   "+strings.Join(times, "  "), width))
	}
	for i, path := range p.begun.paths {
		if i == 8 && len(p.begun.paths) > 9 {
			rows = append(rows, display.Cut("   "+h.look.paint(dim, fmt.Sprintf("and %d more", len(p.begun.paths)-i)), width))
			break
		}
		rows = append(rows, display.Cut("   "+h.look.paint(dim, clean(path)), width))
	}
	return rows
}

// view draws the pane, scrolled to the chosen cycle and its details, and says which
// cycle each row belongs to.
func (h *history) view(width, height int) (shown []string, owners []int) {
	if len(h.list) == 0 {
		return []string{"", " no saves yet: each will be a line here"}, []int{-1, -1}
	}
	var details []string
	if h.open {
		details = h.details(h.chosen, width)
	}
	details = details[:min(len(details), max(0, height-1))]
	first := max(0, h.chosen+1+len(details)-height)
	longest := int64(1)
	for n := first; n < len(h.list) && n < first+height; n++ {
		longest = max(longest, h.cycle(n).cycle.TotalMS)
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
