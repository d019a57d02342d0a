// Package wire is what an app and hotreload say to each other.
//
// The app finds the path of a unix socket in [SockEnv]. Each message is one line of JSON.
// An app may open two kinds of connections.
//
// The first kind is one question and its [Answer], after which it is closed:
//
//	Listen   give me this listener; the Answer carries its descriptor (SCM_RIGHTS)
//	Plugin   where is this plugin? The Answer has its Path
//	Tuned    what did the user set tunables to in earlier processes?
//
// The second kind stays open. The app begins it with Attend. Then
//
//	app:   Ready      it can serve
//	app:   Accept     it is about to accept its first connection, and waits
//	tool:  Go         it may; State is what the previous process kept
//	app:   Imported   what became of State
//	tool:  Drain      end, without losing a request
//	app:   Draining   it has stopped accepting
//	app:   Progress   it has not ended, but its requests make progress
//	app:   Drained    its requests have ended, but its main goroutine will not return
//	app:   Kept       what it kept, if Drain asked for that
//	app:   Slot       it has opened a plugin, and can load other versions of it
//	tool:  Load       load this version of a plugin
//	app:   Loaded     it has, and what became of the state
//	app:   Rejected   it has not: the previous version serves
//	app:   Tunables   all of its tunables, whenever one is new or set
//	tool:  Set        set one
//	app:   SetDone    it is set, or why not
//
// Fields are only ever added, and each side ignores what it does not know. What cannot be
// ignored is another [Protocol].
package wire

import "encoding/json"

// The environment of an app.
const (
	SockEnv  = "HOTRELOAD_SOCK"
	FDsEnv   = "LISTEN_FDS"
	PIDEnv   = "LISTEN_PID"
	NamesEnv = "LISTEN_FDNAMES"
	PagesEnv = "HOTRELOAD_PAGES" // Pages, where an app has to give its pages their script itself

	// FirstFD is the descriptor of the first inherited listener.
	FirstFD = 3
)

// Protocol is the version of what is said here. It changes when an app and hotreload of two
// versions would misunderstand each other. A package hot from before there were versions
// says none, which reads as 0.
const Protocol = 1

// Pages is the script that pages of the app get.
type Pages struct {
	Src   string `json:"src"`   // its address
	Token string `json:"token"` // what it shows to be told more than versions
	Mark  string `json:"mark"`  // of the process that makes them
}

// Message is one line, in either direction. Exactly one of its fields is set: which one
// says what kind of message it is. So it has a field for each kind, however many there are,
// and encoding/json alone reads and writes them.
type Message struct {
	Listen   *Listen   `json:"listen,omitempty"`
	Answer   *Answer   `json:"answer,omitempty"`
	Attend   *Attend   `json:"attend,omitempty"`
	Ready    *struct{} `json:"ready,omitempty"`
	Accept   *Accept   `json:"accept,omitempty"`
	Go       *Go       `json:"go,omitempty"`
	Imported *Imported `json:"imported,omitempty"`
	Drain    *Drain    `json:"drain,omitempty"`
	Draining *Draining `json:"draining,omitempty"`
	Progress *struct{} `json:"progress,omitempty"`
	Drained  *struct{} `json:"drained,omitempty"`
	Kept     *Kept     `json:"kept,omitempty"`
	Plugin   *Plugin   `json:"plugin,omitempty"`
	Slot     *Slot     `json:"slot,omitempty"`
	Load     *Load     `json:"load,omitempty"`
	Loaded   *Loaded   `json:"loaded,omitempty"`
	Rejected *Rejected `json:"rejected,omitempty"`
	Tuned    *struct{} `json:"tuned,omitempty"`
	Tunables *Tunables `json:"tunables,omitempty"`
	Set      *Set      `json:"set,omitempty"`
	SetDone  *SetDone  `json:"set_done,omitempty"`
}

// Listen asks for a listener at an address, as net.Listen takes it.
type Listen struct {
	Network string `json:"network"`
	Address string `json:"address"`
	// PID is the process that asks without knowing it, because hotreload is built into
	// it. An address at which another process of the app listens is in use for it. 0: the
	// app knows, and means to share the listener.
	PID int `json:"pid,omitempty"`
}

// Answer comes with the listener, or has the path of the plugin's file, or what the user
// set tunables to, by their names.
type Answer struct {
	Error string `json:"error,omitempty"`
	Path  string `json:"path,omitempty"`
	// Packages are the import paths that the plugin brings into the process.
	Packages []string        `json:"packages,omitempty"`
	Tuned    map[string]Hand `json:"tuned,omitempty"`
}

// Hand is what the user set a tunable to by hand, and its default at that time.
type Hand struct {
	Default json.RawMessage `json:"default"`
	Value   json.RawMessage `json:"value"`
}

// Attend begins the connection that stays open.
type Attend struct {
	PID      int `json:"pid"`
	Protocol int `json:"protocol,omitempty"`
}

// State is what a process keeps: JSON values by name.
type State map[string]json.RawMessage

// Accept tells whether the process keeps state: then the previous one must have finished
// its requests before this one begins.
type Accept struct {
	Keeps bool `json:"keeps"`
}

// Go lets a process accept.
type Go struct {
	State State `json:"state,omitempty"`
}

// Imported tells what became of the state: the names that were carried over, and those
// that were not, each with the reason.
type Imported struct {
	Carried []string          `json:"carried"`
	Dropped map[string]string `json:"dropped"`
}

// Drain asks a process to end what it serves.
type Drain struct {
	WithinMS int64 `json:"within_ms"`
	// AtMostMS is how long it may take while requests make progress; 0: WithinMS.
	AtMostMS int64 `json:"at_most_ms,omitempty"`
	// KeepWithinMS is how long Kept may wait for streams that may end; 0: it is not wanted.
	KeepWithinMS int64 `json:"keep_within_ms,omitempty"`
	// KeepRequestsWithinMS is how long it may wait for other requests; 0: KeepWithinMS.
	KeepRequestsWithinMS int64 `json:"keep_requests_within_ms,omitempty"`
}

// Draining says that the process accepts no more connections. If Serves is false it does
// not finish those that it has: it needs its stop signal.
type Draining struct {
	Serves bool `json:"serves"`
}

// Kept is what the process kept; no State: it has not taken over any. Errors names the values
// that cannot be written as JSON. Busy: requests are in progress still, and may change more.
type Kept struct {
	State  State             `json:"state"`
	Errors map[string]string `json:"errors,omitempty"`
	Busy   bool              `json:"busy,omitempty"`
}

// Plugin asks for the path of a plugin's current version. Its name is the last element of
// its package's path.
type Plugin struct {
	Name string `json:"name"`
}

// Slot tells that a plugin is open, in the version whose file is Path.
type Slot struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Load asks for another version of a plugin. A path is never loaded twice.
type Load struct {
	Name string `json:"name"`
	Path string `json:"path"`
	// Packages are the import paths that it brings into the process.
	Packages []string `json:"packages,omitempty"`
	// WithinMS is how long calls in progress in the old version, and its Export, may take.
	WithinMS int64 `json:"within_ms"`
}

// Loaded tells that a version of a plugin serves, and what became of the state of the
// previous one: the paths of fields, such as "Counter.hits".
type Loaded struct {
	Name      string   `json:"name"`
	Path      string   `json:"path"`
	Carried   []string `json:"carried"`
	Dropped   []string `json:"dropped"`
	Zeroed    []string `json:"zeroed"`
	Converted []string `json:"converted"`
}

// Rejected tells why a version does not serve.
type Rejected struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Reason string `json:"reason"`
	// Opened says that its init functions have run: it is in the process for good.
	Opened bool `json:"opened,omitempty"`
	// Former says that the previous version is the cause: it lets no other take over.
	Former bool `json:"former,omitempty"`
}

// Tunables are all values that can be set while the app runs.
type Tunables struct {
	List []Tunable `json:"list"`
}

// Tunable is one of them. Value is what it is now. A value that marshals itself as text,
// such as a duration, is that text. Fields have the names that Set takes.
type Tunable struct {
	Name    string          `json:"name"`
	Type    string          `json:"type"`
	Default json.RawMessage `json:"default"`
	Value   json.RawMessage `json:"value"`
}

// Set asks to set a tunable, or a field of one ("limits.Rate"), to a value as it was
// typed.
type Set struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// SetDone answers Set. An empty Error: it is set.
type SetDone struct {
	ID    int64  `json:"id"`
	Error string `json:"error,omitempty"`
}
