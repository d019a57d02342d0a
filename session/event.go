package session

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"hotreload/build"
)

// Event is one thing that happened, in the form in which users, scripts and screens are told.
// The comments on the types and fields below are the reference that users read: see docs/reference/events.md.
type Event struct {
	Seq  int64 // 1, 2, 3…; 0 for an event that only screens get
	Time time.Time
	Gen  int // the cycle it belongs to, which is also the version that results; the last version if it belongs to none
	Data Data
}

// Data is what is particular to an event. Scripts rely on the JSON names of its
// fields: we only ever add to them.
type Data interface {
	// Type is the event's name, such as "build.ok".
	Type() string
}

// SessionStart is the first event of a session.
type SessionStart struct {
	Root    string `json:"root"`    // the project's root directory, absolute
	Package string `json:"package"` // the main package, as passed to go build
	PID     int    `json:"pid"`     // of hotreload itself
	Socket  string `json:"socket"`  // path of the control socket
}

// WatchReady is the moment from which no change is missed.
type WatchReady struct {
	Backend string `json:"backend"` // how changes are noticed: "inotify", "kqueue", "windows", "poll", or two of them, such as "inotify+poll"
	Dirs    int    `json:"dirs"`    // how many directories are watched
	Files   int    `json:"files"`   // how many files are watched
	MS      int64  `json:"ms"`      // how long it took to get there
}

// Change is a settled batch of changes. What changed while a generator ran is reported once the generator has ended.
type Change struct {
	Paths []string `json:"paths"` // sorted; relative to the root with slashes, absolute outside it
}

// Rung is what a batch leads to, from the gentlest to the most disruptive.
type Rung string

const (
	None    Rung = "none"
	Browser Rung = "browser"
	Plugin  Rung = "plugin"
	Swap    Rung = "swap"
	Restart Rung = "restart"
)

// Plan is what will be done about a batch or a command, and why.
type Plan struct {
	Rung   Rung   `json:"rung"`
	Reason string `json:"reason"` // in words, for the user
	Build  bool   `json:"build"`  // whether it takes a build

	saved     string // the file whose change asks for it, if one does
	generated bool   // the build is for what generators write; nothing else that the app is built from has changed
}

// GenerateStart is the start of a generator.
type GenerateStart struct {
	Command []string `json:"command"` // the generator's command
}

// GenerateOutput is a line that a generator printed, if it runs for longer than a second.
type GenerateOutput struct {
	Command []string `json:"command"` // the generator's command
	Text    string   `json:"text"`    // the line, without its newline
}

// GenerateOK is a generator that succeeded.
type GenerateOK struct {
	Command []string `json:"command"` // the generator's command
	MS      int64    `json:"ms"`      // how long it ran
	Text    string   `json:"text"`    // what it printed
	Paths   []string `json:"paths"`   // files that changed while it ran, as in change
}

// GenerateError is a generator that failed. No build follows.
type GenerateError struct {
	Command     []string           `json:"command"`     // the generator's command
	Diagnostics []build.Diagnostic `json:"diagnostics"` // what it printed, as far as it could be parsed
	Text        string             `json:"text"`        // what it printed, as it is
	MS          int64              `json:"ms"`          // how long it ran
}

// BuildStart is the start of a build. It comes once the batch has settled; the build
// itself may have begun earlier.
type BuildStart struct {
	Targets []string `json:"targets"` // the packages to build: the app's unless only plugins are built, and the plugins'
}

// Compiling is the progress of a build by the go command. It is not in the JSON stream.
type Compiling struct {
	Packages int // compiled so far, or being compiled
	Of       int // in the app; cached packages are not compiled
}

// BuildOK is a build that succeeded.
type BuildOK struct {
	Targets []string `json:"targets"` // as in build.start
	MS      int64    `json:"ms"`      // how long it took
	Same    bool     `json:"same"`    // whether the result is byte-identical to what serves
	How     string   `json:"how"`     // "go" (by the go command or build.command), "direct" (by compiler and linker), "shared" (the same, linking the project's own packages alone)
}

// BuildError is a build that failed. What serves keeps serving.
type BuildError struct {
	Diagnostics []build.Diagnostic `json:"diagnostics"` // errors first, then by file and line; never empty
	Text        string             `json:"text"`        // what the compiler printed, as it is
	MS          int64              `json:"ms"`          // how long it took
}

// BuildCancel is a build that another change overtook. Like cycle, it closes its gen.
type BuildCancel struct {
	Reason string `json:"reason"` // what overtook it
}

// AppStart is a new process of the app.
type AppStart struct {
	PID      int `json:"pid"`                // of the process
	Replaces int `json:"replaces,omitempty"` // the process that has exited and left this one, which serves in its place; no app.exit comes for that
}

// AppReady is a process that is ready to serve.
type AppReady struct {
	PID     int      `json:"pid"`              // of the process
	MS      int64    `json:"ms"`               // since it was started
	Via     string   `json:"via"`              // how we know: "port" (it listens), "accept" (it accepts), "app" (it says so), "http" or "log" (runner.ready), "unix" (it listens on a unix socket), "start" (it opens no port), "timeout" (runner.ready_timeout has passed)
	Address string   `json:"address"`          // where clients find it, as host:port; may be empty
	Target  string   `json:"target"`           // where it listens behind the proxy; empty without the proxy
	Others  []string `json:"others,omitempty"` // where it listens besides
}

// AppOutput is a line that the app printed. A line over 1 MiB becomes several events; bytes that are not UTF-8 become U+FFFD.
//
// Inside the program it is one piece of output, cut anywhere; in the JSON stream it is one
// event for each line, numbered from Event.Seq on.
type AppOutput struct {
	Stream string
	Bytes  []byte   // as they came
	Raw    bool     // the app read keys instead of lines then, and so moves the cursor itself
	Lines  []string // the lines that Bytes completed, without their newlines
}

// AppExit is the end of a process and all its descendants.
type AppExit struct {
	PID      int    `json:"pid"`      // 0 if it could not be started
	Code     int    `json:"code"`     // exit status; -1 if a signal ended it
	Signal   string `json:"signal"`   // the signal that ended it, such as "SIGKILL"; else empty
	Expected bool   `json:"expected"` // whether it was asked to stop
	MS       int64  `json:"ms"`       // how long it ran
	Left     int    `json:"left"`     // how many descendants it left behind, which were killed
	Last     string `json:"last"`     // the end of its output, if the exit was not expected
	Hint     string `json:"hint"`     // the likely cause and its fix, if we found one
	Rollback bool   `json:"-"`        // the previous version is started again: swap.rollback follows
	Killed   bool   `json:"-"`        // it was asked to stop, and killed before it had
}

// SwapDone is a new process that took over from the old one. The old one first completes its
// requests; its app.exit comes after that.
type SwapDone struct {
	Strategy string            `json:"strategy"` // "socket", "inject" or "proxy"
	MS       int64             `json:"ms"`       // from the start of the new process until it served
	Reason   string            `json:"reason"`   // why this strategy
	Carried  []string          `json:"carried"`  // names of the hot.Keep values that were carried over
	Dropped  map[string]string `json:"dropped"`  // those that were not, and why
}

// SwapRollback is a new process that failed to take over, or crashed right after it. The version before is
// started again.
type SwapRollback struct {
	Strategy string `json:"strategy"` // as in swap.done
	MS       int64  `json:"ms"`       // how long it had served; 0 if it never did
	Reason   string `json:"reason"`   // what went wrong
	To       int    `json:"to"`       // the version that is started again
}

// TunableSet is a value set by hand in the running app.
type TunableSet struct {
	Name  string `json:"name"`  // of a tunable or of a part of one, such as "limits.Rate"
	Value string `json:"value"` // as it was typed
}

// PluginLoaded is a new version of a plugin in the running process. The four lists say what became
// of the plugin's state, as paths of fields such as "Counter.hits".
type PluginLoaded struct {
	Name string `json:"name"` // the plugin's
	Load int    `json:"load"` // how many plugin versions the process has loaded, including this one
	MS   int64  `json:"ms"`   // how long the load took

	Carried   []string `json:"carried"`   // carried over unchanged
	Dropped   []string `json:"dropped"`   // not carried over
	Zeroed    []string `json:"zeroed"`    // as New made them: fields that are new, locks and the like
	Converted []string `json:"converted"` // converted to another type
}

// PluginRejected is a new version of a plugin that could not be loaded. The previous version keeps serving.
type PluginRejected struct {
	Name   string `json:"name"`   // the plugin's
	Reason string `json:"reason"` // what went wrong
}

// BrowserConnected is a browser that opened a page of the app, in however many tabs.
type BrowserConnected struct {
	Name    string `json:"name"`    // such as "Firefox"
	Clients int    `json:"clients"` // how many browsers are connected now
}

// BrowserGone is a browser that has closed all its pages of the app.
type BrowserGone struct {
	Name    string `json:"name"`    // such as "Firefox"
	Clients int    `json:"clients"` // how many browsers are still connected
}

// PageChange is what pages do, from the gentlest.
type PageChange string

const (
	Stylesheets PageChange = "css"
	Images      PageChange = "image"
	WholePage   PageChange = "page"
)

// BrowserReload is a page that has loaded again what changed: stylesheets, images or all of itself. Of several pages it is the first. It comes
// after the cycle that it belongs to, if a browser was connected.
type BrowserReload struct {
	Kind    PageChange `json:"kind"`    // what was loaded again
	Clients int        `json:"clients"` // how many browsers were told
	MS      int64      `json:"ms"`      // from the first change until then
	Paths   []string   `json:"paths"`   // what changed, as in change; empty if pages reload because another version serves
	Reason  string     `json:"reason"`  // in words, for the user
}

// BrowserError is an error that pages show until it is fixed. It is reported if a browser is connected.
type BrowserError struct {
	Clients int    `json:"clients"` // how many browsers were told
	Kind    string `json:"kind"`    // "build" or "crash"
	Title   string `json:"title"`   // in one line, such as "The build failed"
	Message string `json:"message"` // the first error
	File    string `json:"file"`    // where it is, as in a diagnostic; may be empty
	Line    int    `json:"line"`    // 0 if it is not known
	Column  int    `json:"column"`  // 0 if it is not known
}

// Paused is the start of a pause: changes are collected but not acted on.
type Paused struct{}

// Resumed is the end of a pause.
type Resumed struct{}

// Results of a cycle.
const (
	OK     = "ok"
	Failed = "failed"
	NoOp   = "none"
)

// Cycle is the end of what a batch or command began.
type Cycle struct {
	Result     string `json:"result"`      // "ok", "failed" or "none" (nothing to do, or nothing came of it)
	Rung       Rung   `json:"rung"`        // the rung that was taken in the end
	Reason     string `json:"reason"`      // as in plan, or what came instead
	WatchMS    int64  `json:"watch_ms"`    // from the first change to the start of the build
	GenerateMS int64  `json:"generate_ms"` // how long the generators ran
	BuildMS    int64  `json:"build_ms"`    // how long the build took
	ApplyMS    int64  `json:"apply_ms"`    // how long it took to put the result into service
	TotalMS    int64  `json:"total_ms"`    // from the first change to serving
	Overtaken  bool   `json:"-"`           // a newer version is started before this one was ready
}

// SessionEnd is the last event of a session.
type SessionEnd struct {
	Reason string `json:"reason"` // why it ended
}

// Note is a line for the user. It is not in the JSON stream.
type Note struct {
	Text string
}

func (SessionStart) Type() string     { return "session.start" }
func (WatchReady) Type() string       { return "watch.ready" }
func (Change) Type() string           { return "change" }
func (Plan) Type() string             { return "plan" }
func (GenerateStart) Type() string    { return "generate.start" }
func (GenerateOutput) Type() string   { return "generate.output" }
func (GenerateOK) Type() string       { return "generate.ok" }
func (GenerateError) Type() string    { return "generate.error" }
func (BuildStart) Type() string       { return "build.start" }
func (Compiling) Type() string        { return "compiling" }
func (BuildOK) Type() string          { return "build.ok" }
func (BuildError) Type() string       { return "build.error" }
func (BuildCancel) Type() string      { return "build.cancel" }
func (AppStart) Type() string         { return "app.start" }
func (AppReady) Type() string         { return "app.ready" }
func (AppOutput) Type() string        { return "app.output" }
func (AppExit) Type() string          { return "app.exit" }
func (SwapDone) Type() string         { return "swap.done" }
func (SwapRollback) Type() string     { return "swap.rollback" }
func (Paused) Type() string           { return "paused" }
func (Resumed) Type() string          { return "resumed" }
func (Cycle) Type() string            { return "cycle" }
func (SessionEnd) Type() string       { return "session.end" }
func (Note) Type() string             { return "note" }
func (TunableSet) Type() string       { return "tunable.set" }
func (PluginLoaded) Type() string     { return "plugin.loaded" }
func (PluginRejected) Type() string   { return "plugin.rejected" }
func (BrowserConnected) Type() string { return "browser.connected" }
func (BrowserGone) Type() string      { return "browser.gone" }
func (BrowserReload) Type() string    { return "browser.reload" }
func (BrowserError) Type() string     { return "browser.error" }

// lines is how many lines the event takes in the JSON stream.
func (e Event) lines() int64 {
	switch d := e.Data.(type) {
	case AppOutput:
		return int64(len(d.Lines))
	case Note, Compiling:
		return 0
	}
	return 1
}

// AppendJSON appends the event to dst as lines of JSON, each with its newline:
// none, one, or for output as many as the lines that it completed.
func (e Event) AppendJSON(dst []byte) []byte {
	if e.Seq == 0 {
		return dst
	}
	out, ok := e.Data.(AppOutput)
	if !ok {
		return e.appendLine(dst, e.Seq, e.Data)
	}
	for i, text := range out.Lines {
		dst = e.appendLine(dst, e.Seq+int64(i), outputLine{out.Stream, text})
	}
	return dst
}

// outputLine is the form of AppOutput in the JSON stream.
type outputLine struct {
	Stream string `json:"stream"` // "stdout" or "stderr"; "stdout" for both if the app runs in a terminal of its own
	Text   string `json:"text"`   // the line, without its newline
}

func (e Event) appendLine(dst []byte, seq int64, data any) []byte {
	dst = append(dst, `{"v":1,"seq":`...)
	dst = strconv.AppendInt(dst, seq, 10)
	dst = append(dst, `,"time":"`...)
	dst = e.Time.AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","type":"`...)
	dst = append(dst, e.Data.Type()...)
	dst = append(dst, `","gen":`...)
	dst = strconv.AppendInt(dst, int64(e.Gen), 10)
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(data); err != nil {
		panic(err) // plain structs of strings and numbers
	}
	fields := bytes.TrimSpace(body.Bytes())[1:] // without the brace
	if len(fields) > 1 {
		dst = append(dst, ',')
	}
	return append(append(dst, fields...), '\n')
}
