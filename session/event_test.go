package session

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotreload/build"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// everything is one event of each type, and a few odd ones.
var everything = []Data{
	SessionStart{Root: "/home/ann/app", Package: "./cmd/web", PID: 7, Socket: "/run/user/1000/hotreload/1.sock"},
	WatchReady{Backend: "inotify", Dirs: 3, Files: 14, MS: 2},
	Change{Paths: []string{"main.go", "ein Pfad/mit \"世界\".html", "/else/where.go"}},
	Plan{Rung: Restart, Reason: "main.go is part of package app", Build: true},
	Plan{Rung: None, Reason: "README.md is not used to build the app"},
	BuildStart{Targets: []string{"./cmd/web"}},
	BuildOK{Targets: []string{"./cmd/web"}, MS: 312, Same: true, How: "direct"},
	BuildError{
		Diagnostics: []build.Diagnostic{
			{File: "main.go", Line: 3, Column: 14, Severity: "error", Message: "cannot use <-c (a \"string\") as int & more\n\tmore of it"},
			{Severity: "warning", Message: "deprecated"},
		},
		Text: "# app\nmain.go:3:14: …\n", MS: 205,
	},
	BuildCancel{Reason: "page.go has changed"},
	AppStart{PID: 4711},
	AppStart{PID: 4712, Replaces: 4711},
	AppReady{PID: 4711, MS: 41, Via: "port", Address: "localhost:8080"},
	AppReady{PID: 4711, MS: 1, Via: "start"},
	AppOutput{Stream: "stdout", Bytes: []byte("cut"), Lines: nil}, // no line, no event
	AppOutput{Stream: "stdout", Bytes: []byte(" here\nand\n\n"), Lines: []string{"cut here", "and", ""}},
	AppOutput{Stream: "stderr", Lines: []string{"\x1b[31mred\x1b[0m <b>&amp;</b>\r", "nul \x00 tab \t quote \" slash \\", "not \xff\xfe UTF-8 \xe4\xb8"}},
	AppExit{PID: 4711, Code: -1, Signal: "SIGTERM", Expected: true, MS: 90_000},
	AppExit{PID: 4711, Code: 1, MS: 5, Left: 2, Last: "listen tcp :8080: bind: address already in use\n", Hint: "port 8080 is in use: process 9 holds it"},
	SwapDone{
		Strategy: "socket", MS: 13, Reason: "the app uses hot",
		Carried: []string{"visits"}, Dropped: map[string]string{"cart": "the app no longer keeps it"},
	},
	SwapRollback{Strategy: "socket", MS: 900, Reason: "it exited with status 2", To: 3},
	PluginLoaded{Name: "greet", Load: 3, MS: 12, Carried: []string{"Counter.hits"}, Dropped: []string{"old"}, Zeroed: []string{"mu"}, Converted: []string{}},
	PluginRejected{Name: "greet", Reason: "init of plugin greet panicked: \"no\""},
	BrowserConnected{Name: "Firefox", Clients: 1},
	BrowserReload{Kind: Stylesheets, Clients: 1, MS: 36, Paths: []string{"static/site.css"}, Reason: "static/site.css changed"},
	BrowserError{Clients: 2, Kind: "build", Title: "The build failed", Message: "undefined: x", File: "main.go", Line: 3, Column: 4},
	BrowserGone{Name: "Firefox"},
	Paused{},
	Resumed{},
	Cycle{Result: OK, Rung: Restart, Reason: "main.go is part of package app", WatchMS: 31, BuildMS: 312, ApplyMS: 44, TotalMS: 390},
	GenerateStart{Command: []string{"templ", "generate"}},
	GenerateOutput{Command: []string{"templ", "generate"}, Text: "(!) watching"},
	GenerateOK{Command: []string{"templ", "generate"}, MS: 120, Text: "(✓) Complete\n", Paths: []string{"page_templ.go"}},
	GenerateError{
		Command:     []string{"templ", "generate"},
		Diagnostics: []build.Diagnostic{{File: "page.templ", Line: 3, Column: 4, Severity: "error", Message: "oops"}},
		Text:        "page.templ:3:4: oops\n", MS: 80,
	},
	Note{Text: "for people alone"},   // not in the stream
	Compiling{Packages: 37, Of: 512}, // neither
	TunableSet{Name: "limits", Value: `{"Rate": 25}`},
	SessionEnd{Reason: "interrupt"},
}

// The lines that scripts rely on.
func TestAppendJSON(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 19, 24, 740_000_000, time.FixedZone("CET", 3600))
	got := []byte("before\n") // is appended to
	seq := int64(1)
	for i, d := range everything {
		e := Event{Seq: seq, Time: now.Add(time.Duration(i) * time.Millisecond), Gen: i / 4, Data: d}
		if e.lines() == 0 {
			e.Seq = 0
		}
		got = e.AppendJSON(got)
		seq += e.lines()
	}
	const golden = "testdata/events.golden"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	next := 1.0
	for line := range bytes.Lines(bytes.TrimPrefix(got, []byte("before\n"))) {
		var e map[string]any
		if err := json.Unmarshal(line, &e); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		if e["seq"] != next {
			t.Errorf("seq %v, want %v: %s", e["seq"], next, line)
		}
		next++
	}
}

// Each type of event is in the golden.
func TestEveryEventHasAGolden(t *testing.T) {
	covered := map[string]bool{}
	for _, d := range everything {
		covered[d.Type()] = true
	}
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	types := 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "Type" {
			continue
		}
		types++
		name := f.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit).Value
		if !covered[name[1:len(name)-1]] {
			t.Errorf("no golden has an event of type %s", name)
		}
	}
	if types == 0 {
		t.Error("event.go declares no types of events")
	}
}
