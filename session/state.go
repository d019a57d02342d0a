package session

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotreload/build"
	"hotreload/internal/proxy"
	"hotreload/runner"
	"hotreload/watch"
)

// Config is all that decides what a session does.
type Config struct {
	Package string // what to build, as go build in the root takes it
	Watch   watch.Config
	Build   build.Config
	Runner  runner.Config
	Proxy   proxy.Config
	Origins map[string]string // of the keys, for errors: "build.generate[0].command" is from ".hotreload.toml:7"
}

// Phase is what a session is at, in one word.
type Phase string

const (
	Idle     Phase = "idle"     // nothing runs and nothing is being done about it
	Building Phase = "building" // a build is under way
	Applying Phase = "applying" // a new process is being put in place
	Running  Phase = "running"  // the newest version runs
	Broken   Phase = "failed"   // the newest version does not build or does not stay up
)

// State is all that a session knows. It is a value: a copy stays as it is, and
// nothing in it is ever changed in place.
type State struct {
	Root        string             `json:"root"`
	Package     string             `json:"package"`
	Phase       Phase              `json:"phase"`
	Gen         int                `json:"gen"`     // the newest version, built or in the making: the number of its cycle
	Serving     Serving            `json:"serving"` // what runs
	Front       string             `json:"front"`   // the front door's URL; empty: clients talk to the app itself
	Paused      bool               `json:"paused"`
	Diagnostics []build.Diagnostic `json:"diagnostics"`  // of the last build, if it failed
	Panic       *runner.Panic      `json:"panic"`        // of what runs or ran last, if it panicked
	Tunables    []Tunable          `json:"tunables"`     // of what runs
	Plan        Plan               `json:"plan"`         // the last
	Cycle       Cycle              `json:"cycle"`        // the last
	PluginLoads int                `json:"plugin_loads"` // versions that the process that runs has loaded
	Rejected    []Rejected         `json:"rejected"`     // versions of plugins that do not serve

	config     Config
	configFile string
	own        []fs.FileInfo
	graph      *build.Graph
	seq        int64
	cycles     int               // the last number that a cycle was given
	told       int               // the number under which changes were told that nothing has been done about yet; 0: there are none
	builds     int               // ID of the last build
	artifact   build.Artifact    // the last good one
	stale      []former          // to be removed when no process can have them
	job        *job              // the build under way
	applying   *applying         // what is on its way into service
	loading    *loading          // versions of plugins on their way into the process
	plugs      map[int]plugs     // by process: two may be alive
	unplugged  string            // why there are no plugins, as told last
	batch      *batch            // changes that have not settled
	pending    []string          // changed, settled or overtaken, and not acted on yet
	overtaken  *Plan             // of a build that was cancelled, and is owed whatever comes
	rerun      string            // why a new process is needed even if the build comes out the same; empty if it is not
	relist     bool              // the graph is to be listed again after the next good build
	listing    bool              // the graph is being listed: what we have may be out of date
	lists      int               // ID of the last listing
	owed       *Plan             // a restart that the build under way makes needless, unless it fails
	done       bool              // what ran last ended by itself, with status 0
	failing    bool              // the last build failed
	anew       bool              // somebody asked for a build, so the go command makes the next one
	learning   learning          // how the app can be built without the go command
	relearnt   bool              // the graph was listed again in order to learn
	deferred   *batch            // waits for the graph, which may make more of it
	reload     *batch            // waits for the config to be read again
	reads      int               // ID of the last reading
	partial    map[int]partials  // by version: two may be alive
	handover   handover          // how a new version takes over, as told last
	elsewhere  string            // where the app listens that does not heed PORT; empty: nowhere, as far as is known
	alone      bool              // two versions of the app were found not to run side by side
	byItself   bool              // behind the front door the app opens its port without hot.Listen
	due        []int             // generators that have to run before the next build, in order
	ran        []int             // generators that have come to their end since the config was read
	overtakes  int               // how often in a row a generator was overtaken by what it reads
	left       map[string]string // what commands wrote: each file's fingerprint when the command ended
	lastRun    run               // of a generator
	rounds     map[string]round  // files that seem to be written by what their change sets off
	passed     map[string]writer // files found to be: when they change in the course of it, nothing is done
	murmurs    map[string]murmur // files whose changes lead to nothing, and come in a row
	launch     launch            // the last start of the app
	panics     runner.PanicReader
	tunables   map[int][]Tunable // by process: two may be alive
	quitting   string            // the reason; empty while it goes on
}

// Serving is the process that runs. The zero value: none does.
type Serving struct {
	Gen     int       `json:"gen"`
	PID     int       `json:"pid"`
	Address string    `json:"address"` // where clients find it, host:port, if that is known
	Since   time.Time `json:"since"`
	Ready   bool      `json:"ready"`
	Shared  bool      `json:"shared"` // what it listens on outlives it

	artifact build.Artifact
}

// job is a build under way. A speculative one began when its batch opened, and
// nobody is told of it before the batch has settled.
type job struct {
	id        int
	paths     []string  // what it is for, should it be overtaken
	first     time.Time // the first change
	began     time.Time
	result    *built // came in before the batch had settled
	published bool
	gen       int      // once it is published
	asked     Plan     // once it is published
	plan      Plan     // the same, as it was told
	held      []string // changed in its course, and answered at its end

	generating bool          // the generators run, and the build has not begun
	running    int           // the generator that runs
	runs       []int         // how often each has run for this job
	seen       []string      // changed while the generator runs, and not told
	generated  time.Duration // what they took
}

// batch is a set of changes in the making.
type batch struct {
	paths []string // absolute
	first time.Time
}

// applying is a cycle whose result is not known before the new process serves.
type applying struct {
	gen      int
	artifact build.Artifact
	began    time.Time
	cycle    Cycle
	first    time.Time
	listens  bool // it was started as one that may open a port
	overlaps bool // it was started as one that may run beside what serves
	beside   int  // its process, which runs beside the one that serves; 0: none does
	held     bool // requests wait for it, and the version before may be come back to
	swapped  bool // it took over
}

// partials are the ends of the app's streams that are no full lines yet.
type partials struct{ stdout, stderr string }

// maxLine bounds a line of the JSON stream; what is longer becomes several.
const maxLine = 1 << 20

// cut splits what came into lines, given what was left over, and returns what
// is left over now.
func cut(rest, came string) (lines []string, left string) {
	text := rest + came
	for {
		line, after, found := strings.Cut(text, "\n")
		for len(line) > maxLine {
			lines, line = append(lines, line[:maxLine]), line[maxLine:]
		}
		if !found {
			return lines, line
		}
		lines, text = append(lines, line), after
	}
}

// union joins two sets of paths, sorted.
func union(a, b []string) []string {
	set := make(map[string]bool, len(a)+len(b))
	for _, path := range a {
		set[path] = true
	}
	for _, path := range b {
		set[path] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// relative names a path as users see it: from the root, with slashes; absolute
// when it lies outside.
func (s State) relative(path string) string {
	rel, err := filepath.Rel(s.Root, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}

func milliseconds(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }
