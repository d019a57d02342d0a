// Package wire is what an app and hotreload say to each other.
//
// The app finds the path of a unix socket in [SockEnv]. Each message is one
// line of JSON. There are two kinds of connections:
//
// On the first an app asks for a listener: it sends Listen, and gets Answer,
// which carries the descriptor (SCM_RIGHTS) unless Error is set. Then it is
// closed.
//
// The second is the line that stays open. The app begins it with Attend. Then
//
//	app:   Ready      it can serve
//	app:   Accept     it is about to accept its first connection, and waits
//	tool:  Go         it may; State is what the former process kept
//	app:   Imported   what became of State
//	tool:  Drain      end, without losing a request
//	app:   Draining   it has stopped accepting
//	app:   Kept       what it kept, if Drain asked for that
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
	Kept     *Kept     `json:"kept,omitempty"`
}

// Listen asks for a listener at an address, as net.Listen takes it.
type Listen struct {
	Network string `json:"network"`
	Address string `json:"address"`
}

// Answer comes with the listener.
type Answer struct {
	Error string `json:"error,omitempty"`
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
