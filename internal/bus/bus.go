// Package bus carries releases from a session to the instances of its app, and their reports
// back, over NATS.
//
// In go artifacts, desired states and statuses; out come the same at the other end, wherever
// that is. What always holds: an artifact is stored before a state that names it is published;
// a state is signed, and nothing that another key has signed is ever returned; an artifact is
// returned only if its digest is the one that was asked for, and never in part; no token is in
// an error.
//
//	session ─▶ Hub ─┬▶ Store ─ object store ─▶ Store ─▶ agent
//	                └▶ Desired, signed ─ key-value ─▶ Follow
//	        Hub ◀── hotreload.v1.PROJECT.agent.NAME.… ◀── Line
//
// Where things are on the bus, for clients in any language, is in docs/reference/bus.md.
package bus

import (
	"regexp"
	"strings"
)

// prefix begins all our subjects.
const prefix = "hotreload.v1."

// forbidden is what no name of a bucket or part of a subject has.
var forbidden = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// Token is a name in a form that can be part of a subject.
func Token(name string) string {
	return strings.Trim(forbidden.ReplaceAllString(name, "_"), "_")
}

// subjects are where a project's messages go.
type subjects struct{ project string }

func (s subjects) commands() string         { return prefix + s.project + ".cmd" }
func (s subjects) event(kind string) string { return prefix + s.project + ".evt." + kind }
func (s subjects) ask() string              { return prefix + s.project + ".ask" }
func (s subjects) told() string             { return prefix + s.project + ".desired" }
func (s subjects) statuses() string         { return prefix + s.project + ".agent.*.status" }
func (s subjects) prints() string           { return prefix + s.project + ".agent.*.output" }
func (s subjects) loaded() string           { return s.instance("*", "plugin.loaded") }
func (s subjects) status(name string) string {
	return prefix + s.project + ".agent." + name + ".status"
}
func (s subjects) printed(name string) string {
	return prefix + s.project + ".agent." + name + ".output"
}
func (s subjects) instance(name, kind string) string {
	return prefix + s.project + ".agent." + name + ".evt." + kind
}

// nameIn is the instance that a subject is of.
func (s subjects) nameIn(subject string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(subject, prefix+s.project+".agent."), ".")
	return name
}

// bucket is what the project's key-value and object stores are called.
func (s subjects) bucket() string { return "hotreload-" + s.project }

// desiredKey is the one key of the key-value store.
const desiredKey = "desired"
