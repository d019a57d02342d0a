package session

import (
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"hotreload/build"
	"hotreload/internal/proxy"
	"hotreload/internal/visible"
	"hotreload/runner"
	"hotreload/watch"
)

// Config is all that decides what a session does.
type Config struct {
	Package string // what to build, as go build in the root takes it
	Unknown string // why it is not known what build.command builds; empty: it is
	Watch   watch.Config
	Build   build.Config
	Runner  runner.Config
	Proxy   proxy.Config
	Origins map[string]string // of the keys, for errors: "build.generate[0].command" is from ".hotreload.toml:7"
	UI      any               `json:"-"` // settings of the screen, which alone knows their type; passed on by State.UI
}

// Phase is what a session is doing, in one word.
type Phase string

const (
	Idle     Phase = "idle"     // nothing runs and nothing is being done about it
	Building Phase = "building" // a build is under way
	Applying Phase = "applying" // a new process is being put in place
	Running  Phase = "running"  // the newest version runs
	Broken   Phase = "failed"   // the newest version does not build or does not stay up
)

// State is all that a session knows: the View that everyone may see, and one
// value for each concern. It is a value: a copy stays as it is, and nothing in it
// is ever changed in place.
type State struct {
	View

	config     Config
	configFile string
	own        []fs.FileInfo
	numbers    numbers    // of events and cycles
	changes    changes    // what has changed, and the work not yet done
	listing    listing    // the package graph
	builds     builds     // what is built
	service    service    // what serves, and what is on its way there
	generators generators // which of them have to run
	writes     writes     // files that our own commands and the app write
	plugins    plugins    // what the processes have of plugins
	noise      noise      // files whose changes lead to nothing
	browsing   browsing   // what pages are told
	quitting   string     // the reason; empty while the session goes on
}

// View is the part of a State that screens and scripts see. Its JSON is the answer
// to `hotreload send status`.
type View struct {
	Root        string             `json:"root"`
	Package     string             `json:"package"`
	Phase       Phase              `json:"phase"`
	Gen         int                `json:"gen"`     // the newest version, built or in the making: the number of its cycle
	Serving     Serving            `json:"serving"` // what runs
	ProxyURL    string             `json:"front"`   // empty: clients talk to the app itself; scripts know it by its first name, front
	Paused      bool               `json:"paused"`
	Diagnostics []build.Diagnostic `json:"diagnostics"` // of the last build, if it failed
	Panic       *runner.Panic      `json:"panic"`       // of what runs or ran last, if it panicked
	Tunables    []Tunable          `json:"tunables"`    // of what runs
	Plan        Plan               `json:"plan"`        // the last
	Cycle       Cycle              `json:"cycle"`       // the last
	Plugged
	Browsers  Browsers  `json:"browsers"`           // that have pages of the app open
	Elsewhere Elsewhere `json:"elsewhere,omitzero"` // where the app runs besides
}

// Plugged is what a View has of plugins.
type Plugged struct {
	PluginLoads int        `json:"plugin_loads"` // versions that the running process has loaded
	Rejected    []Rejected `json:"rejected"`     // versions of plugins that do not serve
}

// Tunable is a value that can be set in the running app: see hot.Tune.
type Tunable = runner.Tunable

// Serving is the running process. The zero value: there is none.
type Serving struct {
	Gen     int       `json:"gen"`
	PID     int       `json:"pid"`
	Address string    `json:"address"`          // where clients find it, host:port, if that is known
	Others  []string  `json:"others,omitempty"` // where the app listens besides
	Since   time.Time `json:"since"`
	Ready   bool      `json:"ready"`
	Shared  bool      `json:"shared"` // what it listens on outlives it

	artifact build.Artifact
	process  int // the version that it was started as: less than Gen once it has loaded a plugin
}

// newState is a session in which nothing has happened yet.
func newState(o Options) State {
	return State{
		View:   View{Root: o.Root, Package: o.Config.Package, Phase: Idle, ProxyURL: o.ProxyURL, Tunables: []Tunable{}, Elsewhere: Elsewhere{Join: o.Ways.Join, Agent: o.Ways.Bus}},
		config: o.Config, configFile: o.ConfigFile, own: o.Own,
		service: service{canSwap: o.CanSwap, fleet: o.Fleet != nil}, browsing: browsing{there: o.Pages != nil, script: o.Ways.Script},
	}
}

// UI is Config.UI, as it is now.
func (s State) UI() any { return s.config.UI }

// WithUI is the state with another Config.UI, for tests of screens.
func (s State) WithUI(ui any) State {
	s.config.UI = ui
	return s
}

// phase sums the state up.
func (s State) phase() Phase {
	switch {
	case s.builds.published():
		return Building
	case s.service.applying != nil, s.plugins.loading != nil:
		return Applying
	case s.builds.failing:
		return Broken
	case s.Serving.PID != 0 && s.Serving.artifact.Path != s.builds.artifact.Path:
		return Broken // the version before serves
	case s.Serving.PID != 0 && len(s.Rejected) > 0:
		return Broken // a former version of a plugin serves
	case s.Serving.PID != 0:
		return Running
	case s.builds.artifact.Path != "" && !s.service.done:
		return Broken // it did not stay up
	}
	return Idle
}

// relative names a path as users see it: from the root, with slashes; absolute
// when it lies outside.
func (s View) relative(path string) string {
	rel, err := filepath.Rel(s.Root, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}

// named is relative for words that make up a line, whatever characters a name has.
func (s View) named(path string) string { return visible.Text(s.relative(path), "") }

func milliseconds(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }
