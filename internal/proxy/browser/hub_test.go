package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// page is a browser's connection to a hub: it gets the states that the hub tells.
type page struct {
	t     *testing.T
	lines *bufio.Reader
	close func()
	first state
}

// connect connects a browser by an in-memory connection, in a bubble of synctest.
func connect(t *testing.T, h *Hub, agent string) *page {
	t.Helper()
	r, w := newPipe()
	ctx, cancel := context.WithCancel(t.Context())
	q := httptest.NewRequestWithContext(ctx, "GET", eventsPath+"?token="+h.Token(), nil)
	q.Host = "localhost:8080"
	q.Header.Set("User-Agent", agent)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.Handler().ServeHTTP(w, q)
		w.close()
	}()
	p := &page{t: t, lines: bufio.NewReader(r), close: func() { cancel(); r.Close(); <-ended }}
	p.first = p.state()
	synctest.Wait()
	return p
}

// state is the next one that it is told.
func (p *page) state() (s state) {
	p.t.Helper()
	for {
		line, err := p.lines.ReadString('\n')
		if err != nil {
			p.t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(data), &s); err != nil {
				p.t.Fatalf("%v in %s", err, line)
			}
			return s
		}
	}
}

// inBubble runs a test with a hub in fake time.
func inBubble(t *testing.T, o Options, test func(t *testing.T, h *Hub)) {
	synctest.Test(t, func(t *testing.T) {
		h := New(o)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() { defer close(ran); h.Run(ctx) }()
		test(t, h)
		cancel()
		<-ran
	})
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// A page is told how things are when it connects, and whenever they change.
func TestPagesAreToldTheState(t *testing.T) {
	inBubble(t, Options{}, func(t *testing.T, h *Hub) {
		h.Serves(Version{Gen: 1, Process: 1})
		p := connect(t, h, firefox)
		defer p.close()
		if s := p.first; s.Gen != 1 || s.Seq != 1 {
			t.Errorf("at the connection: %+v", s)
		}
		h.Changed(Change{CSS, []string{"static/style.css"}})
		want := []noted{{2, CSS, []string{"static/style.css"}}}
		if s := p.state(); !cmp.Equal(s.Changes, want) || s.Seq != 2 {
			t.Errorf("after a change: %+v", s)
		}
		h.Serves(Version{Gen: 3, Process: 3})
		if s := p.state(); s.Gen != 3 {
			t.Errorf("after a swap: %+v", s)
		}
		h.Serves(Version{Gen: 3, Process: 3}) // nothing new
		h.Changed(Change{Image, []string{"a.png"}})
		if s := p.state(); s.Seq != 4 {
			t.Errorf("the same version counts twice: %+v", s)
		}
		// A tab that was asleep has missed all of it, and is told the same.
		late := connect(t, h, firefox)
		defer late.close()
		if s := late.first; s.Gen != 3 || len(s.Changes) != 2 {
			t.Errorf("a later connection: %+v", s)
		}
	})
}

// Of very many changes the oldest are forgotten, and the state says so.
func TestForgottenChanges(t *testing.T) {
	h := New(Options{})
	for range keptChanges + 3 {
		h.Changed(Change{CSS, []string{"a.css"}})
	}
	s, _, _ := h.now()
	if len(s.Changes) != keptChanges || s.From != 3 || s.Changes[0].Seq != 4 {
		t.Errorf("%d changes from %d, the first is %d", len(s.Changes), s.From, s.Changes[0].Seq)
	}
}

// A page that a new process makes belongs to that process, even before the hub is told
// that it serves; one of a process that has loaded a plugin belongs to what it has become.
func TestMark(t *testing.T) {
	h := New(Options{})
	h.Serves(Version{1, 1})
	id := h.state.ID
	for _, c := range []struct {
		serves  Version
		process int
		want    string
	}{
		{Version{1, 1}, 1, id + ".1.1"},
		{Version{1, 1}, 2, id + ".2.1"},
		{Version{3, 1}, 1, id + ".3.2"},
		{Version{4, 4}, 1, id + ".1.3"}, // rolled back just now
	} {
		h.Serves(c.serves)
		if got := h.Mark(c.process); got != c.want {
			t.Errorf("%+v serves, and process %d makes a page of %s, want %s", c.serves, c.process, got, c.want)
		}
	}
}

// A problem is shown once it has lasted, another at once, and an autosave shows none.
func TestProblemHasToLast(t *testing.T) {
	inBubble(t, Options{Overlay: true}, func(t *testing.T, h *Hub) {
		p := connect(t, h, firefox)
		defer p.close()
		began := time.Now()
		h.Fail(Problem{Kind: Build, Title: "one"})
		time.Sleep(patience - time.Millisecond)
		h.Fixed() // in time
		h.Fail(Problem{Kind: Build, Title: "two"})
		if s := p.state(); s.Problem == nil || s.Problem.Title != "two" || time.Since(began) != 2*patience-time.Millisecond {
			t.Errorf("after %v: %+v", time.Since(began), s.Problem)
		}
		shown := time.Now()
		h.Fail(Problem{Kind: Build, Title: "two"}) // the same
		h.Fail(Problem{Kind: Build, Title: "three"})
		if s := p.state(); s.Problem == nil || s.Problem.Title != "three" || time.Since(shown) != 0 {
			t.Errorf("another problem after %v: %+v", time.Since(shown), s.Problem)
		}
		h.Fixed()
		if s := p.state(); s.Problem != nil {
			t.Errorf("after the fix: %+v", s.Problem)
		}
		h.Fixed()
		h.Fail(Problem{Kind: Build, Title: "four"})
		if s := p.state(); s.Problem == nil || s.Problem.Title != "four" {
			t.Errorf("the next one: %+v", s.Problem)
		}
	})
}

// Where the config says so, pages show no problem.
func TestWithoutOverlay(t *testing.T) {
	h := New(Options{})
	h.Fail(Problem{Kind: Build, Title: "one"})
	if h.delay != nil {
		t.Error("a problem waits to be shown")
	}
}

// The excerpt is that of the place, and what can be opened is what is shown.
func TestExcerpt(t *testing.T) {
	root := t.TempDir()
	var text strings.Builder
	for _, line := range strings.Fields("one two three four five six seven eight nine") {
		text.WriteString(line + "\n")
	}
	if err := os.WriteFile(filepath.Join(root, "main.go"), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		place Place
		first int
		lines string
	}{
		{Place{File: "main.go", Line: 5, Column: 2}, 2, "two three four five six seven eight"},
		{Place{File: "main.go", Line: 1}, 1, "one two three four"},
		{Place{File: "main.go", Line: 9}, 6, "six seven eight nine"},
		{Place{File: filepath.Join(root, "main.go"), Line: 9}, 6, "six seven eight nine"},
		{Place{File: "main.go"}, 0, ""},
		{Place{File: "none.go", Line: 3}, 0, ""},
		{Place{File: ".", Line: 3}, 0, ""},
	} {
		told := Problem{Places: []Place{c.place}}.read(root).Places[0]
		if told.First != c.first || strings.Join(told.Lines, " ") != c.lines {
			t.Errorf("%+v: from %d %q, want from %d %q", c.place, told.First, told.Lines, c.first, c.lines)
		}
	}
}

// Browsers are counted, not their connections, and a reload is no departure.
func TestBrowsersComeAndGo(t *testing.T) {
	inBubble(t, Options{}, func(t *testing.T, h *Hub) {
		expect := func(want Event) {
			t.Helper()
			if got := <-h.Events(); !cmp.Equal(got, want) {
				t.Errorf("got %#v, want %#v", got, want)
			}
		}
		first := connect(t, h, firefox)
		expect(Connected{"Firefox", 1})
		second := connect(t, h, firefox) // another of its tabs, where it has no shared worker
		other := connect(t, h, "Mozilla/5.0 Chrome/140.0 Safari/537.36")
		expect(Connected{"Chrome", 2})
		second.close()
		first.close()
		time.Sleep(absence - time.Millisecond)
		first = connect(t, h, firefox)
		synctest.Wait()
		other.close()
		gone := time.Now()
		expect(Gone{"Chrome", 1})
		if time.Since(gone) != absence || h.Clients() != 1 {
			t.Errorf("after %v, %d are left", time.Since(gone), h.Clients())
		}
		first.close()
	})
}

// What a browser has done is told once for each change that it was told of.
func TestApplied(t *testing.T) {
	inBubble(t, Options{}, func(t *testing.T, h *Hub) {
		h.Serves(Version{1, 1})
		h.Changed(Change{CSS, []string{"unseen.css"}})
		p := connect(t, h, firefox)
		defer p.close()
		<-h.Events()
		h.Changed(Change{CSS, []string{"style.css"}})
		h.Serves(Version{2, 2})
		time.Sleep(5 * time.Millisecond)
		done := func(seq string) {
			q := httptest.NewRequest("POST", donePath+"?seq="+seq+"&token="+h.Token(), nil)
			q.Host = "localhost"
			w := httptest.NewRecorder()
			h.Handler().ServeHTTP(w, q)
			if w.Code != http.StatusNoContent {
				t.Errorf("done: %d %s", w.Code, w.Body)
			}
		}
		done("4")
		done("4") // another tab
		h.Changed(Change{Page, []string{"app.js"}})
		done("5")
		want := []Event{
			Applied{1, CSS, []string{"style.css"}, 1, 5 * time.Millisecond},
			Applied{2, Page, nil, 1, 5 * time.Millisecond},
			Applied{2, Page, []string{"app.js"}, 1, 0},
		}
		var got []Event
		for range want {
			got = append(got, <-h.Events())
		}
		if !cmp.Equal(got, want) {
			t.Error(cmp.Diff(want, got))
		}
	})
}

// The place that is opened is one of those that pages show.
func TestOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened []Place
		places := []Place{{File: "a.go", Line: 1}, {File: "b.go", Line: 2, Column: 3}}
		h := New(Options{Overlay: true, Open: func(p Place) error { opened = append(opened, p); return nil }})
		h.Fail(Problem{Kind: Build, Title: "broken", Places: places})
		time.Sleep(patience)
		synctest.Wait()
		id := h.state.Problem.ID
		for query, want := range map[string]int{
			"problem=" + id + "&place=1":  http.StatusNoContent,
			"problem=" + id + "&place=2":  http.StatusGone,
			"problem=" + id + "&place=-1": http.StatusGone,
			"problem=" + id:               http.StatusGone,
			"problem=other&place=1":       http.StatusGone,
		} {
			q := httptest.NewRequest("POST", openPath+"?token="+h.Token()+"&"+query, nil)
			q.Host = "localhost"
			w := httptest.NewRecorder()
			h.Handler().ServeHTTP(w, q)
			if w.Code != want {
				t.Errorf("%s: %d %s, want %d", query, w.Code, w.Body, want)
			}
		}
		if !slices.Equal(opened, places[1:]) {
			t.Errorf("opened %+v", opened)
		}
	})
}

// A session without browsers has no hub.
func TestNilHub(t *testing.T) {
	var h *Hub
	h.Serves(Version{1, 1})
	h.Changed(Change{CSS, nil})
	h.Fail(Problem{})
	h.Fixed()
	h.Run(t.Context())
	if h.Events() != nil || h.Clients() != 0 {
		t.Error("there is something in it")
	}
}
