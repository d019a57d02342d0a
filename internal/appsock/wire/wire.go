// Package wire is what an app and hotreload say to each other.
//
// The app finds the path of a unix socket in [SockEnv]. Each message is one
// line of JSON. There are two kinds of connections:
//
// On the first an app asks for a listener: it sends Listen, and gets Answer,
// which carries the descriptor (SCM_RIGHTS) unless Error is set. Or it asks for a
// plugin: it sends Plugin, and gets Answer with its Path. Or for what was set by hand in
// the processes before: it sends Tuned, and gets Answer with that. Then it is closed.
//
// The second is the line that stays open. The app begins it with Attend. Then
//
//	app:   Ready      it can serve
//	app:   Accept     it is about to accept its first connection, and waits
//	tool:  Go         it may; State is what the former process kept
//	app:   Imported   what became of State
//	tool:  Drain      end, without losing a request
//	app:   Draining   it has stopped accepting
//	app:   GetsOn     it has not ended, but requests under way get on
//	app:   Drained    its requests have ended, and its main does not know of that
//	app:   Kept       what it kept, if Drain asked for that
//	app:   Slot       it has opened a plugin, and can be given other versions of it
//	tool:  Load       take this version of a plugin
//	app:   Loaded     it has, and what became of the state
//	app:   Rejected   it has not: the version before serves
//	app:   Tunables   all it has, whenever one is new or set
//	tool:  Set        set one
//	app:   SetDone    it is, or why not
//
// Fields are only ever added, and each side ignores what it does not know.
package wire

import "encoding/json"

// The environment of an app.
const (
	SockEnv  = "HOTRELOAD_SOCK"
	FDsEnv   = "LISTEN_FDS"
	PIDEnv   = "LISTEN_PID"
	NamesEnv = "LISTEN_FDNAMES"

	// FirstFD is the descriptor of the first inherited listener.
	FirstFD = 3
)

// Message is one line, in either direction. One of its fields is set.
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
	GetsOn   *struct{} `json:"gets_on,omitempty"`
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
	// PID is of who asks, where he does not know that he does: what another process of
	// the app listens on already is in use then. 0: he means to share it.
	PID int `json:"pid,omitempty"`
}

// Answer comes with the listener, or has the path of the plugin's file, or what tunables
// were set to by hand, by their names.
type Answer struct {
	Error string `json:"error,omitempty"`
	Path  string `json:"path,omitempty"`
	// Packages are the import paths in the process of what the plugin brings along.
	Packages []string        `json:"packages,omitempty"`
	Tuned    map[string]Hand `json:"tuned,omitempty"`
}

// Hand is what somebody has set a tunable to, and the default that it had then.
type Hand struct {
	Default json.RawMessage `json:"default"`
	Value   json.RawMessage `json:"value"`
}

// Attend begins the line that stays open.
type Attend struct {
	PID int `json:"pid"`
}

// State is what a process keeps: by name, each as JSON.
type State map[string]json.RawMessage

// Accept tells whether the process keeps something: then the former one must
// have ended its requests before this one begins.
type Accept struct {
	Keeps bool `json:"keeps"`
}

// Go lets a process accept.
type Go struct {
	State State `json:"state,omitempty"`
}

// Imported tells what became of the state: the names that were taken over, and
// those that were not, each with its reason.
type Imported struct {
	Carried []string          `json:"carried"`
	Dropped map[string]string `json:"dropped"`
}

// Drain asks a process to end what it serves.
type Drain struct {
	WithinMS int64 `json:"within_ms"`
	// AtMostMS is how long it may take if requests under way get on; 0: WithinMS.
	AtMostMS int64 `json:"at_most_ms,omitempty"`
	// KeepWithinMS is how long Kept may wait for requests under way; 0: nobody
	// wants it.
	KeepWithinMS int64 `json:"keep_within_ms,omitempty"`
}

// Draining says that no connection is accepted any more. When Serves is false
// nobody in the process sees to the ones there are: it needs its stop signal.
type Draining struct {
	Serves bool `json:"serves"`
}

// Kept is what the process kept. Errors has the values that are no JSON.
type Kept struct {
	State  State             `json:"state"`
	Errors map[string]string `json:"errors,omitempty"`
}

// Plugin asks where the current version of a plugin lies. Its name is the last
// element of its package's path.
type Plugin struct {
	Name string `json:"name"`
}

// Slot tells that a plugin is open, in the version that Path is the file of.
type Slot struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Load asks for another version of a plugin. A path is never loaded twice.
type Load struct {
	Name string `json:"name"`
	Path string `json:"path"`
	// Packages are the import paths in the process of what it brings along.
	Packages []string `json:"packages,omitempty"`
	// WithinMS is how long calls under way in the old version, and its Export,
	// may take.
	WithinMS int64 `json:"within_ms"`
}

// Loaded tells that a plugin's version serves, and what became of the state of
// the one before: the paths of fields, such as "Counter.hits".
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
	// Opened says that its init functions came to their end: it is in the process
	// for good.
	Opened bool `json:"opened,omitempty"`
	// Former says that it is the version before that does not let it take over, as it
	// would not any other.
	Former bool `json:"former,omitempty"`
}

// Tunables are all values that can be set while the app runs.
type Tunables struct {
	List []Tunable `json:"list"`
}

// Tunable is one of them. Its Value is what it is now. Durations and what else has a text
// of its own are that text, and fields have the names that Set takes.
type Tunable struct {
	Name    string          `json:"name"`
	Type    string          `json:"type"`
	Default json.RawMessage `json:"default"`
	Value   json.RawMessage `json:"value"`
}

// Set asks to set a tunable, or a field of one ("limits.Rate"), to a value as
// somebody typed it.
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
