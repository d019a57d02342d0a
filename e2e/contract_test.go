package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// fields are what scripts rely on: for each type of event its fields and their
// JSON types. A field may be added to a type, never taken away.
var fields = map[string]map[string]string{
	"session.start":  {"root": "string", "package": "string", "pid": "number", "socket": "string"},
	"watch.ready":    {"backend": "string", "dirs": "number", "files": "number", "ms": "number"},
	"change":         {"paths": "array"},
	"plan":           {"rung": "string", "reason": "string", "build": "bool"},
	"generate.start": {"command": "array"},
	"generate.ok":    {"command": "array", "ms": "number", "text": "string", "paths": "array"},
	"generate.error": {"command": "array", "diagnostics": "array", "text": "string", "ms": "number"},
	"build.start":    {"targets": "array"},
	"build.ok":       {"targets": "array", "ms": "number"},
	"build.error":    {"diagnostics": "array", "text": "string", "ms": "number"},
	"build.cancel":   {"reason": "string"},
	"app.start":      {"pid": "number"},
	"app.ready":      {"pid": "number", "ms": "number", "via": "string"},
	"app.output":     {"stream": "string", "text": "string"},
	"app.exit":       {"pid": "number", "code": "number", "signal": "string", "expected": "bool"},
	"swap.done":      {"strategy": "string", "ms": "number", "reason": "string", "carried": "array", "dropped": "object"},
	"swap.rollback":  {"strategy": "string", "ms": "number", "reason": "string", "to": "number"},
	"tunable.set":    {"name": "string", "value": "string"},
	"plugin.loaded": {
		"name": "string", "load": "number", "ms": "number",
		"carried": "array", "dropped": "array", "zeroed": "array", "converted": "array",
	},
	"plugin.rejected":   {"name": "string", "reason": "string"},
	"browser.connected": {"name": "string", "clients": "number"},
	"browser.gone":      {"name": "string", "clients": "number"},
	"browser.reload":    {"kind": "string", "clients": "number", "ms": "number", "paths": "array", "reason": "string"},
	"browser.error": {
		"clients": "number", "kind": "string", "title": "string", "message": "string",
		"file": "string", "line": "number", "column": "number",
	},
	"agent.joined": {"name": "string", "platform": "string", "version": "number"},
	"agent.gone":   {"name": "string", "platform": "string", "version": "number", "reason": "string"},
	"agent.update": {"name": "string", "platform": "string", "version": "number", "bytes": "number", "ms": "number"},
	"agent.ready":  {"name": "string", "platform": "string", "version": "number", "ms": "number", "address": "string"},
	"agent.failed": {"name": "string", "platform": "string", "version": "number", "reason": "string"},
	"agent.loaded": {
		"name": "string", "plugin": "string", "load": "number", "ms": "number",
		"carried": "array", "dropped": "array", "zeroed": "array", "converted": "array",
	},
	"agent.output":        {"name": "string", "stream": "string", "text": "string"},
	"rollout.done":        {"version": "number", "instances": "number", "failed": "number", "ms": "number"},
	"rollout.rolled_back": {"version": "number", "to": "number", "instance": "string", "reason": "string"},

	"paused":  {},
	"resumed": {},
	"cycle": {
		"result": "string", "rung": "string", "reason": "string", "watch_ms": "number", "generate_ms": "number",
		"build_ms": "number", "apply_ms": "number", "total_ms": "number",
	},
	"session.end": {"reason": "string"},
}

// values are the only ones that some fields have.
var values = map[string][]string{
	"plan.rung":           {"none", "browser", "plugin", "swap", "restart"},
	"browser.reload.kind": {"css", "image", "page"},
	"browser.error.kind":  {"build", "crash"},
	"cycle.result":        {"ok", "failed", "none"},
	"cycle.rung":          {"none", "browser", "plugin", "swap", "restart"},
	"app.ready.via":       {"port", "accept", "app", "http", "log", "start", "timeout"},
	"app.output.stream":   {"stdout", "stderr"},
}

func jsonType(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "bool"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "other"
}

// checkStream checks a session's whole stream.
func checkStream(t *testing.T, stream []event) {
	t.Helper()
	if len(stream) == 0 {
		return // it never came to be
	}
	if first := stream[0].kind(); first != "session.start" {
		t.Errorf("the first event is %s, want session.start", first)
	}
	cycles := cycles{}
	for i, e := range stream {
		checkEvent(t, e)
		cycles.check(t, e)
		if e.number("seq") != i+1 {
			t.Fatalf("event %d has another seq: %v", i+1, e)
		}
		if e.kind() == "session.end" && i != len(stream)-1 {
			t.Errorf("%d events after session.end", len(stream)-1-i)
		}
	}
}

// cycles are what is known of each gen: the last of its events that is neither
// the app's nor the session's.
type cycles map[int]string

// check checks that an event has the gen of the cycle that it belongs to: a gen has
// one plan, after its changes, and one end, after which come only events of its
// version. When a version serves all cycles before its own have come to their end.
func (c cycles) check(t *testing.T, e event) {
	t.Helper()
	gen := e.number("gen")
	last, kind := c[gen], e.kind()
	ended := last == "cycle" || last == "build.cancel"
	switch kind, _, _ := strings.Cut(kind, "."); kind {
	case "browser", "agent", "rollout": // at any time
		return
	case "app", "swap", "tunable":
		if last == "" || last == "change" {
			t.Errorf("it is about a version that was not planned: %v", e)
		}
		return
	case "session", "watch", "paused", "resumed":
		return
	case "change":
		if strings.HasPrefix(last, "generate.") { // it joins
			return
		}
		ended = ended || last != "" && last != "change"
	case "plan":
		ended = ended || last != "" && last != "change"
	default:
		if last == "" || last == "change" {
			t.Errorf("it belongs to no plan: %v", e)
		}
	}
	if ended {
		t.Errorf("it comes after the %s of its gen: %v", last, e)
	}
	c[gen] = kind
	if kind != "cycle" || e.text("result") != "ok" || e.text("rung") == "browser" {
		return // no version
	}
	for before, last := range c {
		if before < gen && last != "change" && last != "cycle" && last != "build.cancel" {
			t.Errorf("gen %v stopped at its %s, and gen %v serves", before, last, gen)
		}
	}
}

func checkEvent(t *testing.T, e event) {
	t.Helper()
	known, ok := fields[e.kind()]
	if !ok {
		t.Errorf("no such type of event: %v", e)
		return
	}
	if e.number("v") != 1 || jsonType(e.fields["gen"]) != "number" {
		t.Errorf("v or gen is wrong: %v", e)
	}
	if _, err := time.Parse(time.RFC3339, e.text("time")); err != nil {
		t.Errorf("time: %v", err)
	}
	for field, want := range known {
		if got := jsonType(e.fields[field]); got != want {
			t.Errorf("%s.%s is of type %s, want %s: %v", e.kind(), field, got, want, e)
		}
		if only := values[e.kind()+"."+field]; only != nil && !slices.Contains(only, e.text(field)) {
			t.Errorf("%s.%s is %v, want one of %v", e.kind(), field, e.fields[field], only)
		}
	}
	if e.kind() == "build.error" || e.kind() == "generate.error" {
		if len(e.diagnostics()) == 0 { // which checks their fields
			t.Errorf("an error without diagnostics: %v", e)
		}
	}
}
