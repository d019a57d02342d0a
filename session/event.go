package session

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"hotreload/build"
)

// Event is one thing that happened, as users, scripts and screens are told it.
type Event struct {
	Seq  int64 // 1, 2, 3…; 0 for what is for screens alone and not in the JSON stream
	Time time.Time
	Gen  int // the cycle that it belongs to, and the version that comes of it; the last version for what belongs to none
	Data Data
}

// Data is what is particular to an event. The JSON names of its fields are the
// ones that scripts rely on: they are only ever added to.
type Data interface {
	// Type is the event's name, such as "build.ok".
	Type() string
}

// SessionStart is the first event.
type SessionStart struct {
	Root    string `json:"root"`
	Package string `json:"package"`
	PID     int    `json:"pid"`
	Socket  string `json:"socket"`
}

// WatchReady says that no change is missed from now on.
type WatchReady struct {
	Backend string `json:"backend"`
	Dirs    int    `json:"dirs"`
	Files   int    `json:"files"`
	MS      int64  `json:"ms"`
}

// Change is a settled batch.
type Change struct {
	Paths []string `json:"paths"` // relative with slashes, sorted; absolute outside the root
}

// Rung is what a batch leads to, from the gentlest to the harshest.
type Rung string

const (
	None    Rung = "none"
	Plugin  Rung = "plugin"
	Swap    Rung = "swap"
	Restart Rung = "restart"
)

// Plan says what will be done about a batch, and why.
type Plan struct {
	Rung   Rung   `json:"rung"`
	Reason string `json:"reason"`
	Build  bool   `json:"build"`
}

// GenerateStart is a generator that begins.
type GenerateStart struct {
	Command []string `json:"command"`
}

// GenerateOK is a generator that succeeded.
type GenerateOK struct {
	Command []string `json:"command"`
	MS      int64    `json:"ms"`
	Text    string   `json:"text"`  // what it printed
	Paths   []string `json:"paths"` // files that changed while it ran, as in Change
}

// GenerateError is a generator that failed: no build is started.
type GenerateError struct {
	Command     []string           `json:"command"`
	Diagnostics []build.Diagnostic `json:"diagnostics"`
	Text        string             `json:"text"`
	MS          int64              `json:"ms"`
}

// BuildStart is told once the batch that it is for has settled; the build
// itself may have begun before.
type BuildStart struct {
	Targets []string `json:"targets"`
}

// Compiling says how far a build is that the go command makes; it is not in the
// JSON stream.
type Compiling struct {
	Packages int // that have been compiled, or are being
	Of       int // that the app has: those that are in the cache are not compiled
}

// BuildOK is a build that succeeded.
type BuildOK struct {
	Targets []string `json:"targets"`
	MS      int64    `json:"ms"`
	Same    bool     `json:"same"` // byte-identical to what serves
}

// BuildError is a build that failed.
type BuildError struct {
	Diagnostics []build.Diagnostic `json:"diagnostics"`
	Text        string             `json:"text"`
	MS          int64              `json:"ms"`
}

// BuildCancel is a build that was overtaken.
type BuildCancel struct {
	Reason string `json:"reason"`
}

// AppStart is a new process.
type AppStart struct {
	PID int `json:"pid"`
}

// AppReady is a process that serves.
type AppReady struct {
	PID     int    `json:"pid"`
	MS      int64  `json:"ms"`
	Via     string `json:"via"`     // "port", "accept", "app", "http", "log", "start", "timeout"
	Address string `json:"address"` // where clients find it, host:port, or empty
	Target  string `json:"target"`  // where it listens behind the front door; empty: there is none
}

// AppOutput is what the app printed. In the JSON stream it is one event for
// each line, numbered from Event.Seq on.
type AppOutput struct {
	Stream string
	Bytes  []byte   // as it came, cut anywhere
	Lines  []string // the lines that Bytes completed, without their newlines
}

// AppExit is a process that is gone with all its descendants.
type AppExit struct {
	PID      int    `json:"pid"`
	Code     int    `json:"code"` // -1 when a signal ended it
	Signal   string `json:"signal"`
	Expected bool   `json:"expected"`
	MS       int64  `json:"ms"`   // how long it ran
	Left     int    `json:"left"` // descendants it left behind, which were ended
	Last     string `json:"last"` // the end of what it printed, when it was not expected
	Hint     string `json:"hint"` // a cause that was found, and its mend
	Rollback bool   `json:"-"`    // the version before is started again: swap.rollback follows
}

// SwapDone is a process that took another one's place; that serves to the end of its
// requests, and its app.exit comes then.
type SwapDone struct {
	Strategy string            `json:"strategy"` // "socket", "inject" or "proxy"
	MS       int64             `json:"ms"`       // from the start of the process until it served
	Reason   string            `json:"reason"`   // why this strategy
	Carried  []string          `json:"carried"`  // names of hot.Keep
	Dropped  map[string]string `json:"dropped"`  // those that were not carried, and why
}

// SwapRollback is a process that fell right after it had taken another one's place: the
// version before is started again.
type SwapRollback struct {
	Strategy string `json:"strategy"`
	MS       int64  `json:"ms"`     // how long it had served
	Reason   string `json:"reason"` // how it fell
	To       int    `json:"to"`     // the version that is started again
}

// TunableSet is a value that somebody has set in the running app.
type TunableSet struct {
	Name  string `json:"name"`  // of a tunable, or of a part of one: "limits.Rate"
	Value string `json:"value"` // as it was typed
}

// PluginLoaded is a new version of a plugin in the process that runs.
type PluginLoaded struct {
	Name string `json:"name"`
	Load int    `json:"load"` // how many versions the process has loaded, with this one
	MS   int64  `json:"ms"`

	// What became of the state: the paths of fields.
	Carried   []string `json:"carried"`
	Dropped   []string `json:"dropped"`
	Zeroed    []string `json:"zeroed"`
	Converted []string `json:"converted"`
}

// PluginRejected is a version of a plugin that does not serve: the one before does.
type PluginRejected struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Paused says that changes are gathered and not acted on.
type Paused struct{}

// Resumed ends Paused.
type Resumed struct{}

// Results of a cycle.
const (
	OK     = "ok"
	Failed = "failed"
	NoOp   = "none"
)

// Cycle closes what a batch or command began.
type Cycle struct {
	Result     string `json:"result"`
	Rung       Rung   `json:"rung"`
	Reason     string `json:"reason"`
	WatchMS    int64  `json:"watch_ms"` // from the first change to the start of the build
	GenerateMS int64  `json:"generate_ms"`
	BuildMS    int64  `json:"build_ms"`
	ApplyMS    int64  `json:"apply_ms"`
	TotalMS    int64  `json:"total_ms"` // from the first change to serving
	Overtaken  bool   `json:"-"`        // a newer version is started before this one was ready
}

// SessionEnd is the last event.
type SessionEnd struct {
	Reason string `json:"reason"`
}

// Note is a line for people; it is not in the JSON stream.
type Note struct {
	Text string
}

func (SessionStart) Type() string   { return "session.start" }
func (WatchReady) Type() string     { return "watch.ready" }
func (Change) Type() string         { return "change" }
func (Plan) Type() string           { return "plan" }
func (GenerateStart) Type() string  { return "generate.start" }
func (GenerateOK) Type() string     { return "generate.ok" }
func (GenerateError) Type() string  { return "generate.error" }
func (BuildStart) Type() string     { return "build.start" }
func (Compiling) Type() string      { return "compiling" }
func (BuildOK) Type() string        { return "build.ok" }
func (BuildError) Type() string     { return "build.error" }
func (BuildCancel) Type() string    { return "build.cancel" }
func (AppStart) Type() string       { return "app.start" }
func (AppReady) Type() string       { return "app.ready" }
func (AppOutput) Type() string      { return "app.output" }
func (AppExit) Type() string        { return "app.exit" }
func (SwapDone) Type() string       { return "swap.done" }
func (SwapRollback) Type() string   { return "swap.rollback" }
func (Paused) Type() string         { return "paused" }
func (Resumed) Type() string        { return "resumed" }
func (Cycle) Type() string          { return "cycle" }
func (SessionEnd) Type() string     { return "session.end" }
func (Note) Type() string           { return "note" }
func (TunableSet) Type() string     { return "tunable.set" }
func (PluginLoaded) Type() string   { return "plugin.loaded" }
func (PluginRejected) Type() string { return "plugin.rejected" }

// lines is how many lines the event is in the JSON stream.
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
	Stream string `json:"stream"`
	Text   string `json:"text"`
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
