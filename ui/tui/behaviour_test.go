package tui

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/muesli/termenv"

	"hotreload/session"
	"hotreload/ui/internal/recorded"
	"hotreload/ui/keys"
)

func plainStage(t *testing.T) *stage {
	t.Helper()
	return newStage(t, 80, 24, termenv.Ascii)
}

// A pane follows its end until the user scrolls up, says how much lies below, and
// follows again at the end.
func TestFollow(t *testing.T) {
	s := plainStage(t)
	s.feed(printed(1, 100)...)
	s.has("line 100")
	s.has("follow ▾")
	s.press("k")
	s.hasNot("line 100")
	s.has("↓ 1 more")
	s.feed(printed(101, 110)...)
	s.hasNot("line 101")
	s.has("↓ 11 more")
	s.press("j")
	s.has("line 100")
	s.has("↓ 10 more")
	s.press("G")
	s.has("line 110")
	s.has("follow ▾")
	s.press("g")
	s.has("line 1\n")
	s.press("f")
	s.has("line 110")
	s.press("pgup", "pgup", "pgdown", "pgdown")
	s.has("follow ▾")
}

// The lines in memory are bounded. The view stays while its lines exist.
func TestBounded(t *testing.T) {
	s := plainStage(t)
	s.feed(printed(1, maxLines)...)
	s.press("g")
	s.has("line 1\n")
	s.feed(printed(maxLines+1, 2*maxLines)...)
	if n := len(s.panes.output.buffer.lines); n != maxLines {
		t.Errorf("%d lines are kept, want %d", n, maxLines)
	}
	s.has("line 20001\n")
	s.press("G")
	s.has("line 40000")
}

// Output that comes too fast is dropped, and the pane says so.
func TestTooFast(t *testing.T) {
	s := plainStage(t)
	var r recorded.Recording
	for range 40 {
		r.Tell(recorded.Printed("stdout", strings.Repeat(strings.Repeat("x", 99)+"\n", 1000)))
	}
	r.Tell(recorded.Printed("stdout", "the last\n"))
	s.feed(r.Updates...)
	s.has("the last")
	s.press("g")
	s.has("30000 lines dropped: the app printed too fast")
}

func TestSearch(t *testing.T) {
	s := plainStage(t)
	s.feed(printed(1, 100)...)
	s.press("/", "4")
	s.has("/4")
	s.has("19 of 19")
	s.has("line 94")
	s.press("2")
	s.has("line 42")
	s.has("1 of 1")
	s.press("backspace", "enter", "N")
	s.has("line 84")
	s.has("4: 18 of 19")
	s.press("n", "n")
	s.has("line 4\n") // around the end
	s.press("esc")
	s.hasNot("4: 1 of 19")
	s.press("f", "/", "nowhere", "enter")
	s.has("no match: nowhere")
	s.has("line 100")
	s.press("/", "9", "esc")
	s.has("follow ▾")
}

func TestSearchIgnoresCaseUnlessAsked(t *testing.T) {
	for text, want := range map[string]bool{"error": true, "Error": true, "ERROR": false, "e.r": false} {
		if got := newQuery(text).in(line{text: "an \x1b[0;31mErr\x1b[0mor"}); got != want {
			t.Errorf("%q is found: %v, want %v", text, got, want)
		}
	}
}

func TestFilter(t *testing.T) {
	s := plainStage(t)
	s.feed(printed(1, 100)...)
	s.press("&", "7", "enter")
	s.has("line 67")
	s.has("line 17")
	s.hasNot("line 66")
	s.has("& 7")
	s.feed(printed(101, 107)...)
	s.has("line 107")
	s.hasNot("line 106")
	s.press("esc")
	s.has("line 106")
	s.press("&", "nowhere")
	s.has("no line matches")
	s.press("esc")
	s.has("line 106")
}

// A failed build is in front until it is fixed, unless the user goes elsewhere.
func TestProblemsComeAndGo(t *testing.T) {
	all := phases()
	failed, fixed := len(all["5 failed"]), len(all["6 fixed"])
	for name, test := range map[string]struct {
		before, during []string
		want           tab
	}{
		"back to output":  {nil, nil, outputTab},
		"back to history": {[]string{"4"}, nil, historyTab},
		"moved":           {nil, []string{"2"}, buildTab},
		"stays, as asked": {nil, []string{"1", "3"}, problemsTab},
		"chose another":   {nil, []string{"j"}, outputTab},
	} {
		t.Run(name, func(t *testing.T) {
			s := plainStage(t)
			s.feed(all["4 building"]...)
			s.press(test.before...)
			s.feed(all["6 fixed"][len(all["4 building"]):failed]...)
			if s.panes.tab != problemsTab {
				t.Errorf("tab %d is in front, want the problems", s.panes.tab)
			}
			s.press(test.during...)
			s.feed(all["6 fixed"][failed:fixed]...)
			if s.panes.tab != test.want {
				t.Errorf("tab %d is in front, want %d", s.panes.tab, test.want)
			}
		})
	}
}

func TestCommands(t *testing.T) {
	s := plainStage(t)
	s.feed(phases()["3 running"]...)
	s.press("r", "R", "p")
	s.feed(phases()["8 paused"][len(phases()["3 running"]):]...)
	s.press("p", "i", "hello", "enter", "q", "q")
	want := []session.Command{session.CommandRebuild, session.CommandRestart, session.CommandPause, session.CommandResume, session.CommandQuit}
	if diff := cmp.Diff(want, s.commands); diff != "" {
		t.Errorf("commands: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"hello\n"}, s.typed); diff != "" {
		t.Errorf("typed: -want +got:\n%s", diff)
	}
	s.has("stopping")
}

// Ctrl-C is a key here, and means what it does without a screen: also in a prompt, once all
// is stopping.
func TestInterrupt(t *testing.T) {
	s := plainStage(t)
	interrupts := 0
	s.link.options.Interrupt = func() { interrupts++ }
	s.feed(phases()["3 running"]...)
	s.press("i", "ctrl+c")
	if interrupts != 0 {
		t.Error("Ctrl-C in a prompt ends the session instead of the prompt")
	}
	s.press("ctrl+c")
	s.has("stopping")
	s.press("ctrl+c")
	s.has("Ctrl-C ends it at once")
	s.press("i", "ctrl+c")
	if interrupts != 3 || len(s.commands) != 0 {
		t.Errorf("Ctrl-C interrupted %d times with the commands %v, want 3 and none", interrupts, s.commands)
	}
}

func TestWrapAndClear(t *testing.T) {
	s := plainStage(t)
	var r recorded.Recording
	r.Tell(recorded.Printed("stdout", strings.Repeat("x", 100)+"end\nprompt: "))
	s.feed(r.Updates...)
	s.has("end")
	s.has("prompt:")
	s.press("w")
	s.hasNot("end\n")
	s.has("…")
	s.press("c")
	s.hasNot("xxx")
}

func TestProgressLinesOverwrite(t *testing.T) {
	s := plainStage(t)
	var r recorded.Recording
	r.Tell(recorded.Printed("stdout", "10%"))
	s.feed(r.Updates...)
	s.has("10%")
	r = recorded.Recording{}
	r.Tell(recorded.Printed("stdout", "\r99%"))
	s.feed(r.Updates...)
	s.hasNot("10%")
	s.has("99%")
}

func TestHelpShowsWhatIsBound(t *testing.T) {
	s := plainStage(t)
	s.press("?")
	s.has("rebuild")
	s.has("build, and start the result")
	s.press("G")
	s.has("[ui.keys]")
	s.press("esc")
	s.hasNot("[ui.keys]")
}

func TestHistoryDetails(t *testing.T) {
	s := newStage(t, 100, 24, termenv.Ascii)
	s.feed(phases()["6 fixed"]...)
	s.press("4", "enter")
	s.has("░ watch 33 ms  █ build 352 ms  ▓ apply 27 ms")
	s.has("store/store.c")
	s.press("j", "enter")
	s.hasNot("apply 27 ms")
}

func TestMouse(t *testing.T) {
	s := plainStage(t)
	s.feed(phases()["5 failed"]...)
	_, spans := s.tabLine()
	s.click(spans[historyTab].from+1, 2)
	if s.panes.tab != historyTab {
		t.Errorf("a click on the last tab shows tab %d", s.panes.tab)
	}
	s.click(spans[problemsTab].from+1, 2)
	s.click(5, 10)
	if s.panes.problems.chosen != 2 {
		t.Errorf("a click chose problem %d, want 2", s.panes.problems.chosen)
	}
	s.press("1")
	s.wheel(-wheelRows)
	s.has("↓ 3 more")
}

// Frames are as large as the screen at any size, however small.
func TestAnySize(t *testing.T) {
	s := newStage(t, 80, 24, termenv.ANSI)
	s.feed(phases()["8 paused"]...)
	for _, pane := range []string{"1", "2", "3", "4", "?"} {
		s.press(pane)
		for width := 1; width < 170; width += 7 {
			for height := 1; height < 60; height += 5 {
				s.resize(width, height)
				s.frame()
			}
		}
	}
}

// Keys that are typed fast come in one message.
func TestKeysTypedTogether(t *testing.T) {
	s := plainStage(t)
	s.feed(printed(1, 100)...)
	s.press("/42", "enter")
	s.has("line 42")
	s.press("escGkkk"[3:])
	s.has("↓ 3 more")
}

// The first build, whose duration is unknown, shows its progress.
func TestFirstBuild(t *testing.T) {
	s := plainStage(t)
	r := &recorded.Recording{State: session.State{View: session.View{Root: "/app", Phase: session.Building, Gen: 1}}, Gen: 1}
	r.Tell(recorded.Restart("the first start"), session.BuildStart{}, session.Compiling{Packages: 37, Of: 512})
	s.feed(r.Updates...)
	s.has("37 of up to 512 packages")
	r.Tell(session.BuildOK{MS: 9000})
	r.Tell(session.BuildStart{}, session.Compiling{Packages: 3, Of: 512})
	s.feed(r.Updates...)
	s.hasNot("up to")
}

// A pane does not offer what does not work there.
func TestHelpOfAPane(t *testing.T) {
	s := plainStage(t)
	s.press("?")
	s.has("find lines")
	s.press("?", "3", "/")
	s.has("search works only in Output and Build")
	s.press("?")
	s.hasNot("find lines")
	s.hasNot("lines that match")
	s.press("?", "4")
	if bottom := s.keyLine(); strings.Contains(bottom, "search") || strings.Contains(bottom, "filter") {
		t.Errorf("an empty history offers %s", bottom)
	}
}

// A key without an effect says so, or where it has one.
func TestKeysThatDoNothing(t *testing.T) {
	s := plainStage(t)
	for _, test := range []struct{ pane, key, want string }{
		{"1", "x", "x does nothing; ? lists the keys"},
		{"1", "enter", "enter opens items in Problems and History"},
		{"1", "esc", "there is nothing to leave here"},
		{"3", "w", "wrap works only in Output and Build"},
		{"4", "f", "follow works only in Output and Build"},
		{"3", "c", "problems disappear with the next good build"},
		{"3", "e", "there is no problem to open"},
	} {
		s.press(test.pane, test.key)
		s.has(test.want)
	}
}

// A failed build does not interrupt typing; the tab and the first line show it.
func TestTypingIsNotInterrupted(t *testing.T) {
	all := phases()
	s := plainStage(t)
	s.feed(all["4 building"]...)
	s.press("/", "GET")
	s.feed(all["5 failed"][len(all["4 building"]):]...)
	if s.panes.tab != outputTab {
		t.Errorf("tab %d came to the front during typing", s.panes.tab)
	}
	s.has("3 Problems 2")
	s.has("/GET")
}

// However narrow the screen, the error in a long line is in view.
func TestCaretInSight(t *testing.T) {
	s := newStage(t, 40, 12, termenv.Ascii)
	long := strings.Repeat("a long line of source ", 10) + "wrong()"
	rows := draw([]sourceRow{
		{"  1 │ ", "package p", around},
		{"▸ 2 │ ", long, meant},
		{"    │ ", strings.Repeat(" ", strings.Index(long, "wrong")) + "^", caret},
	}, s.look, 37)
	at := strings.Index(rows[1], "wrong()")
	before, _, there := strings.Cut(rows[2], "^")
	if at < 0 || !there || cells(rows[1][:at]) != cells(before) {
		t.Errorf("the caret is not below the error:\n%s", strings.Join(rows, "\n"))
	}
}

// The top of a pane says what is gone, and a cleared pane does not claim that nothing
// was printed.
func TestGoneLines(t *testing.T) {
	s := plainStage(t)
	s.feed(printed(1, maxLines+100)...)
	s.press("g")
	s.has("100 lines before these are gone")
	s.press("c")
	s.has("cleared; new lines appear here")
	s.press("g")
	s.hasNot("are gone")
}

// The details of a cycle are in view, wherever it stands.
func TestDetailsInSight(t *testing.T) {
	s := newStage(t, 80, 12, termenv.Ascii)
	s.feed(phases()["6 fixed"]...)
	for range 20 {
		s.panes.history.list = append(s.panes.history.list, s.panes.history.list[0])
	}
	s.press("4", "j", "j", "j", "j", "j", "enter")
	s.has("build 2352 ms")
}

func TestOnlyASCII(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"not set":               {nil, false},
		"UTF-8":                 {map[string]string{"LANG": "de_DE.UTF-8"}, false},
		"C":                     {map[string]string{"LANG": "C"}, true},
		"the first that is set": {map[string]string{"LC_ALL": "C.utf8", "LANG": "C"}, false},
		"console":               {map[string]string{"TERM": "linux", "LANG": "en_US.UTF-8"}, true},
	} {
		if got := onlyASCII(func(key string) string { return test.env[key] }); got != test.want {
			t.Errorf("%s: onlyASCII = %v, want %v", name, got, test.want)
		}
	}
	s := plainStage(t)
	s.ascii = true
	for name, updates := range phases() {
		s.feed(updates...)
		for _, pane := range []string{"1", "2", "3", "4", "?"} {
			s.press(pane)
			if i := strings.IndexFunc(s.frame(), func(r rune) bool { return r > 0x7e }); i >= 0 {
				t.Errorf("%s, pane %s: not ASCII: %q", name, pane, s.frame()[i:])
			}
		}
	}
}

// An invalid config is a problem until it is valid.
func TestWrongSettings(t *testing.T) {
	s := plainStage(t)
	s.feed(phases()["3 running"]...)
	r := &recorded.Recording{State: s.status.state, Gen: 2}
	r.State.Cycle = session.Cycle{Result: session.Failed, Rung: session.None, Reason: `.hotreload.toml:4:1: unknown key "x"; the old settings stay`}
	r.Tell(session.Change{Paths: []string{".hotreload.toml"}}, session.Plan{Rung: session.None, Reason: r.State.Cycle.Reason}, r.State.Cycle)
	s.feed(r.Updates...)
	s.has(`▌✗ .hotreload.toml:4:1  unknown key "x"; the old settings stay`)
	r.Updates, r.Gen = nil, 3
	r.State.Cycle = session.Cycle{Result: session.NoOp, Rung: session.None, Reason: ".hotreload.toml has the same settings as before"}
	r.Tell(r.State.Cycle)
	s.feed(r.Updates...)
	if s.panes.tab != outputTab {
		t.Errorf("tab %d is in front once the config is good again", s.panes.tab)
	}
}

// The first line shows a version that failed while the one before serves.
func TestFailedBesideServing(t *testing.T) {
	s := newStage(t, 100, 24, termenv.Ascii)
	r := &recorded.Recording{State: s.status.state, Gen: 1}
	r.Serve(1, "localhost:8080")
	r.State.Phase, r.State.Gen, r.Gen = session.Running, 2, 2
	r.Tell(session.AppStart{PID: 200}, session.AppExit{PID: 200, Code: 3})
	s.feed(r.Updates...)
	s.has("● serving v1 · v2 exited with status 3")
	r.Updates = nil
	r.Tell(session.BuildStart{})
	r.State.Cycle = session.Cycle{Result: session.Failed, Rung: session.Swap, Reason: "main.go is part of package app"}
	r.Tell(r.State.Cycle)
	s.feed(r.Updates...)
	s.has("● serving v1 · v2 did not become ready")
}

// The line says which browsers follow, and what they have loaded again last.
func TestBrowsersInTheStatus(t *testing.T) {
	s := plainStage(t)
	r := &recorded.Recording{State: s.status.state, Gen: 1}
	r.Serve(1, "localhost:8080")
	r.State.Browsers.Connected = 2
	r.Tell(session.BrowserConnected{Name: "Firefox", Clients: 2})
	s.feed(r.Updates...)
	s.has("2 browsers")
	r.Updates = nil
	reload := session.BrowserReload{Kind: session.Stylesheets, Clients: 2, MS: 34, Paths: []string{"a.css"}}
	r.State.Browsers.Reload = &reload
	r.State.Cycle = session.Cycle{Result: session.OK, Rung: session.Browser, TotalMS: 31}
	r.Tell(r.State.Cycle, reload)
	s.feed(r.Updates...)
	s.has("2 browsers: styles in 34 ms")
	if strings.Contains(s.frame(), "start in 31 ms") {
		t.Errorf("a stylesheet counts as a start:\n%s", s.frame())
	}
}

// A version that is loaded into the running process has one divider, too.
func TestPluginsDivide(t *testing.T) {
	s := plainStage(t)
	r := &recorded.Recording{State: s.status.state, Gen: 1}
	r.Serve(1, "localhost:8080")
	r.State.PluginLoads, r.Gen = 2, 2
	r.Tell(session.Change{Paths: []string{"greet.go"}}, session.Plan{Rung: session.Plugin, Reason: "greet.go", Build: true},
		session.PluginLoaded{Name: "greet", Load: 1}, session.PluginLoaded{Name: "farewell", Load: 1})
	s.feed(r.Updates...)
	if n := strings.Count(s.frame(), "v2 · plugin · greet.go"); n != 1 {
		t.Errorf("%d dividers, want 1:\n%s", n, s.frame())
	}
	s.has("2 plugin loads")
}

// A changed config brings other keys with the state.
func TestChangedSettings(t *testing.T) {
	s := plainStage(t)
	s.feed(phases()["3 running"]...)
	r := &recorded.Recording{State: s.status.state, Gen: 2}
	r.State = r.State.WithUI(&Settings{Keys: keys.New(map[string]string{"rebuild": "ctrl+b"}), Editor: "ed {file}"})
	r.Tell(session.Plan{Rung: session.None, Reason: ".hotreload.toml has the same settings as before"})
	s.feed(r.Updates...)
	if want := keys.New(map[string]string{"rebuild": "ctrl+b"}); s.settings.Editor != "ed {file}" || !reflect.DeepEqual(s.settings.Keys, want) {
		t.Errorf("the editor is %q and the keys are %v", s.settings.Editor, s.settings.Keys)
	}
}
