package watch

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSettler plays changes to a settler with a quiet of 30 ms, unless another
// is given. A change is "MS PATH": ! after the path says that it matters, +
// before it that the path was born, - that it is gone, = that it is as before,
// < that it is again what it was in the beginning, 0 that it is empty. A report is "MS open|grown|settled PATHS", and since MS if the
// first change came later than the one before.
func TestSettler(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		quiet   time.Duration
		changes string
		want    string
	}{
		{
			name:    "opens after the lull and settles after the quiet",
			changes: "0 a!",
			want:    "2 open a, 30 settled a",
		},
		{
			name:    "the lull is counted from the last change",
			changes: "0 a!, 1 a!, 2 b!",
			want:    "4 open a b, 32 settled a b",
		},
		{
			name:    "grows at once and settles later",
			changes: "0 a!, 10 b!, 20 b!",
			want:    "2 open a, 12 grown a b, 22 grown a b, 50 settled a b",
		},
		{
			name:    "two saves far apart are two batches",
			changes: "0 a!, 40 b!",
			want:    "2 open a, 30 settled a, 42 open b, 70 settled b",
		},
		{
			name:    "noise alone does not open",
			changes: "0 log, 10 log",
			want:    "40 settled log",
		},
		{
			name:    "noise does not hold back what matters",
			changes: "0 a!, 10 log, 20 log, 25 log, 35 log",
			want:    "2 open a, 30 settled a log, 65 settled log",
		},
		{
			name:    "noise does not make a batch grow",
			changes: "0 a!, 10 log",
			want:    "2 open a, 30 settled a log",
		},
		{
			name:    "noise before a save is not what the save is counted from",
			changes: "0 log, 20 log, 40 log, 60 a!",
			want:    "62 open a log, 90 settled a log since 60",
		},
		{
			name:    "a batch that never becomes quiet settles all the same",
			changes: "0 a!, then every 20 until 5030 b!",
			want:    "2 open a, grows, 5000 settled a b, 5002 open b, grows, 5050 settled b",
		},
		{
			name:    "noise that never stops settles all the same",
			changes: "0 log, then every 20 until 5030 log",
			want:    "5000 settled log, 5050 settled log",
		},
		{
			name:    "noise long before leaves a save its whole patience",
			changes: "0 log, then every 20 until 4980 log, 4985 a!, 5010 a!",
			want:    "4987 open a log, 5012 grown a log, 5040 settled a log since 4985",
		},
		{
			name:    "a quiet shorter than the lull settles without opening",
			quiet:   time.Millisecond,
			changes: "0 a!",
			want:    "1 settled a",
		},
		{
			name:    "a quiet of nothing",
			quiet:   -1,
			changes: "0 a!, 0 b!, 5 log",
			want:    "0 settled a, 0 settled b, 5 settled log",
		},
		{
			name:    "the temporary file of a save",
			changes: "0 +sed1, 0 sed1, 1 -sed1, 1 a!",
			want:    "3 open a, 31 settled a since 1",
		},
		{
			name:    "only a temporary file",
			changes: "0 +tmp, 1 -tmp",
			want:    "",
		},
		{
			name:    "a temporary file that would have mattered",
			changes: "0 log, 1 +tmp!, 2 -tmp!, 3 log",
			want:    "33 settled log",
		},
		{
			name:    "one that is gone after the batch opened: it settles, with nothing",
			changes: "0 +tmp!, 10 -tmp!",
			want:    "2 open tmp, 12 grown, 40 settled",
		},
		{
			name:    "one of two is gone after the batch opened: what was built is not what is there",
			changes: "0 +tmp!, 0 a!, 10 -tmp!",
			want:    "2 open a tmp, 12 grown a, 30 settled a",
		},
		{
			name:    "gone in a later batch",
			changes: "0 +tmp!, 40 -tmp!",
			want:    "2 open tmp, 30 settled tmp, 42 open tmp, 70 settled tmp",
		},
		{
			name:    "removed, rewritten and removed: it was there before",
			changes: "0 -a!, 1 +a!, 2 -a!",
			want:    "4 open a, 32 settled a",
		},
		{
			name:    "born, gone and born again",
			changes: "0 +a!, 1 -a!, 2 +a!",
			want:    "4 open a, 32 settled a",
		},
		{
			name:    "written again with what it was told to hold",
			changes: "0 a!, 10 =a!, 20 =a!",
			want:    "2 open a, 50 settled a",
		},
		{
			name:    "a file that is empty for a moment",
			changes: "0 a!, 1 <a!",
			want:    "",
		},
		{
			name:    "a change that is taken back after the batch opened",
			changes: "0 a!, 10 <a!",
			want:    "2 open a, 12 grown, 40 settled",
		},
		{
			name:    "a change that is taken back, and another",
			changes: "0 a!, 0 c!, 10 <a!",
			want:    "2 open a c, 12 grown c, 30 settled c",
		},
		{
			name:    "a save without a change, and noise",
			changes: "0 log, 10 =a!",
			want:    "30 settled log",
		},
		{
			name:    "a change in the last moment is told before the batch settles",
			changes: "0 a!, 29 b!, 57 c!, 59 log",
			want:    "2 open a, 31 grown a b, 59 grown a b c, 87 settled a b c log",
		},
		{
			name:    "a save without a change before one with",
			changes: "0 =a!, 20 b!",
			want:    "22 open b, 50 settled b",
		},
		{
			name:    "an emptied file rests for a second",
			changes: "0 0a.go!, 300 a.go!",
			want:    "2 open a.go, 302 grown a.go, 330 settled a.go",
		},
		{
			name:    "one that stays empty",
			changes: "0 0a!",
			want:    "2 open a, 1000 settled a",
		},
		{
			name:    "a new file without content is one of Go's that is not finished, or no file of Go's",
			changes: "0 +0a.go!, 2000 +0b.css!",
			want:    "2 open a.go, 1000 settled a.go, 2002 open b.css, 2030 settled b.css",
		},
		{
			name:    "an emptied file that is restored",
			changes: "0 0a.go!, 300 <a.go!",
			want:    "2 open a.go, 302 grown, 330 settled",
		},
		{
			name:    "what is saved beside it waits",
			changes: "0 0a.go!, 100 b!, 200 a.go!",
			want:    "2 open a.go, 102 grown a.go b, 202 grown a.go b, 230 settled a.go b",
		},
		{
			name:    "one that is emptied all the time holds nothing back for long",
			changes: "0 0a!, then every 500 until 6000 0a!",
			want:    "2 open a, 5000 settled a",
		},
		{
			name:    "an emptied log holds nothing back",
			changes: "0 0log, 10 a!",
			want:    "12 open a log, 40 settled a log since 10",
		},
		{
			name:    "a quiet shorter than the lull, and an emptied file",
			quiet:   time.Millisecond,
			changes: "0 0a!, 300 a!",
			want:    "1 open a, 302 grown a, 302 settled a",
		},
		{
			name:    "written again and again with the same: it grows no more",
			changes: "0 a!, then every 10 until 5030 =a!",
			want:    "2 open a, 5000 settled a",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := &settler{quiet: 30 * time.Millisecond}
			if test.quiet != 0 {
				s.quiet = max(0, test.quiet)
			}
			got := play(t, s, test.changes)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("reports differ (-want +got):\n%s", diff)
			}
			if at, ok := s.next(); ok {
				t.Errorf("something is still to come, at %v", at)
			}
		})
	}
}

// play feeds changes to a settler as Run does, and says what it reported.
func play(t *testing.T, s *settler, changes string) string {
	t.Helper()
	d, n := contents{}, 1
	s.examine = func(path string, _ *suspect) entry { return d.at(path) }
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	var reports []string
	first := start // of the batch
	due := func(now time.Time) {
		for {
			b, ok := s.due(now)
			if !ok {
				return
			}
			kind := "open"
			if b.Settled {
				kind = "settled"
			} else if n := len(reports); n > 0 && !strings.Contains(reports[n-1], "settled") {
				kind = "grown"
			}
			report := fmt.Sprintf("%d %s", now.Sub(start).Milliseconds(), kind)
			for _, p := range b.Paths {
				report += " " + strings.TrimPrefix(p, "/")
			}
			if b.Settled && b.First.After(first) {
				report += fmt.Sprintf(" since %d", b.First.Sub(start).Milliseconds())
			}
			reports = append(reports, report)
		}
	}
	until := func(now time.Time) {
		for {
			next, ok := s.next()
			if !ok || next.After(now) {
				return
			}
			due(next)
		}
	}
	change := func(ms int, what string) {
		until(at(ms))
		if !s.pending() {
			first = at(ms)
		}
		n++
		d.change(s, at(ms), what, n)
		due(at(ms))
	}
	last := 0
	for _, c := range strings.Split(changes, ", ") {
		var what string
		var ms, every int
		if n, _ := fmt.Sscanf(c, "then every %d until %d %s", &every, &ms, &what); n == 3 {
			for last += every; last < ms; last += every {
				change(last, what)
			}
			last -= every
			continue
		}
		if _, err := fmt.Sscanf(c, "%d %s", &ms, &what); err != nil {
			t.Fatalf("change %q: %v", c, err)
		}
		last = ms
		change(ms, what)
	}
	until(at(1_000_000))
	return joinReports(reports)
}

// contents is what is at the paths, as numbers: 0 is nothing, 1 what was there in the
// beginning, and what is below 0 an empty file.
type contents map[string]int

func (d contents) at(path string) entry {
	n, touched := d[path]
	switch {
	case !touched:
		n = 1
	case n == 0:
		return entry{}
	}
	if n < 0 {
		return entry{kind: file, hash: 1 << 40}
	}
	return entry{kind: file, hash: uint64(n), stamp: stamp{size: 1}}
}

func (d contents) change(s *settler, now time.Time, what string, n int) {
	what, matters := strings.CutSuffix(what, "!")
	name, gone := strings.CutPrefix(what, "-")
	name, born := strings.CutPrefix(name, "+")
	name, same := strings.CutPrefix(name, "=")
	name, back := strings.CutPrefix(name, "<")
	name, emptied := strings.CutPrefix(name, "0")
	name = path.Join("/", name)
	if born {
		d[name] = 0
	}
	before := d.at(name)
	switch {
	case gone:
		d[name] = 0
	case back:
		d[name] = 1
	case emptied:
		d[name] = -1 // all are the same
	case !same:
		d[name] = n
	}
	s.add(now, name, before, matters, false)
}

// joinReports shortens what grows more than a few times to "grows".
func joinReports(reports []string) string {
	var short []string
	for i := 0; i < len(reports); {
		n := i
		for n < len(reports) && strings.Contains(reports[n], " grown") {
			n++
		}
		if n-i > 5 || n > i && strings.Contains(reports[i], " grown b") {
			short = append(short, "grows")
			i = n
			continue
		}
		short = append(short, reports[i])
		i++
	}
	return strings.Join(short, ", ")
}
