package runner

import (
	"time"

	"hotreload/build"
)

// Event is one of Started, Ready, Replaced, Shares, Moved, NotHTTP, Exited, Failed, RolledBack and Settled,
// PluginOpened, PluginLoaded, PluginRejected and PluginWaits, Tunables, TunableSet and OtherProtocol.
type Event interface{ runnerEvent() }

// Started reports a new process.
type Started struct {
	Gen, PID int
	EnvFiles []EnvFile // where its environment comes from
}

// Ready tells that a process serves.
type Ready struct {
	Gen, PID  int
	Via       string        // "port": it listens; "accept": it accepts; "app", "http", "log": it says so; "unix": it listens on a unix socket; "start": it opens no port; "timeout": nothing was seen in time
	Missed    string        // via timeout: what was not seen, and what was there instead
	Address   string        // where it listens, host:port; empty if unknown
	Took      time.Duration // from its start
	Others    []string      // where it listens besides
	Instead   string        // where it listens instead of at proxy.target, on the same port; empty: it listens there
	Elsewhere bool          // it was given a PORT and listens on another one
	Shared    bool          // its listeners outlive it
	Swap      *Swap         // it took over from another process; nil: there was none
	Tunables  []Tunable     // what can be set in it
}

// Swap tells how a process took over from another one.
type Swap struct {
	Strategy Strategy
	Took     time.Duration // from its start until it served
	Carried
}

// Carried tells what became of the state that a process was to take over.
type Carried struct {
	Names   []string          // taken over
	Dropped map[string]string // not taken over, and why
	Busy    bool              // requests had not ended in time, and what they change later is lost
}

// Replaced tells that a process has exited and left one that serves in its place.
type Replaced struct {
	Gen, PID int
	Was      int    // the PID before
	Ready    *Ready // nil: it has not been ready, or says so itself later
}

// Shares tells that the listeners of a process outlive it, if its Ready did not say so.
type Shares struct {
	Gen, PID int
}

// Moved tells where clients find a process, if not where its Ready said: another port of it
// has turned out to speak HTTP.
type Moved struct {
	Gen, PID int
	Address  string
	Others   []string // where it listens besides
}

// NotHTTP tells that a process answers no HTTP where the proxy sends requests.
type NotHTTP struct {
	Gen, PID int
	Address  string
	Others   []string // where it listens besides
}

// Exited tells that a process and all its descendants are gone.
type Exited struct {
	Gen, PID  int
	Code      int    // -1 when a signal ended it
	Signal    string // such as "SIGKILL"; empty when it exited by itself
	Expected  bool   // it was asked to
	Ran       time.Duration
	Left      int      // descendants that it left behind, which were then ended
	LastWords string   // the end of what it printed
	Hint      string   // the likely cause, and the fix; often empty
	Rollback  bool     // RolledBack follows
	Again     bool     // it cannot run beside the version before it, and is started again once that has stopped
	Exclusive string   // why, if not for a port: what only one of them can have, or its own words for that
	Tail      []Output // what it printed that did not go through the output channel
}

// Failed tells that an artifact could not be started.
type Failed struct {
	Gen int
	Err error
}

// RolledBack tells that a version crashed right after it took over, and that the one
// before it is started again.
type RolledBack struct {
	Gen      int // of the version that crashed
	Artifact build.Artifact
	To       int // the version that is started again
	Strategy Strategy
	Served   time.Duration // how long it had served
	Reason   string
}

// Settled tells that the serving version has done so for a while: it will not be
// rolled back any more.
type Settled struct{ Gen int }

func (Started) runnerEvent()    {}
func (Ready) runnerEvent()      {}
func (Replaced) runnerEvent()   {}
func (Shares) runnerEvent()     {}
func (Moved) runnerEvent()      {}
func (NotHTTP) runnerEvent()    {}
func (Exited) runnerEvent()     {}
func (Failed) runnerEvent()     {}
func (RolledBack) runnerEvent() {}
func (Settled) runnerEvent()    {}
