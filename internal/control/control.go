// Package control is the way into a running session: a unix socket that tells its
// clients what happens, as lines of JSON, and takes commands.
//
//	updates ─▶ Serve ─ lines ─▶ clients
//	commands ◀─ Serve ◀─ requests ─ Send, Set, any program
//
// In go updates and connections; out come lines of JSON and Commands. What always
// holds: a project, known by its root, has one session; only the user who runs it
// can connect; a client that does not read is disconnected and slows nothing down.
package control

import (
	"encoding/json"

	"hotreload/session"
)

// request is one line that a client sends.
type request struct {
	Command string          `json:"command"`
	Name    string          `json:"name,omitempty"`  // of set
	Value   json.RawMessage `json:"value,omitempty"` // of set: a text as it would be typed, or any other JSON
}

// Reply answers one request. It has no seq, because it is not an event.
type Reply struct {
	V       int            `json:"v"`
	Type    string         `json:"type"` // "reply"
	Command string         `json:"command"`
	OK      bool           `json:"ok"`
	Error   string         `json:"error,omitempty"`
	State   *session.State `json:"state,omitempty"` // of the command status
}
