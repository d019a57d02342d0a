package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// event is a line of the JSON stream. Its fields are read by their type; a field
// that is missing or of another type fails the test, because the test is wrong.
type event struct {
	t      *testing.T
	fields map[string]any
}

func parseEvent(t *testing.T, line []byte) (event, error) {
	e := event{t: t}
	err := json.Unmarshal(line, &e.fields)
	return e, err
}

func (e event) String() string {
	line, err := json.Marshal(e.fields)
	if err != nil {
		return err.Error()
	}
	return string(line)
}

func (e event) kind() string             { return fieldOf[string](e, "type") }
func (e event) text(field string) string { return fieldOf[string](e, field) }
func (e event) is(field string) bool     { return fieldOf[bool](e, field) }
func (e event) number(field string) int  { return int(fieldOf[float64](e, field)) }

// texts returns a list of texts.
func (e event) texts(field string) []string {
	e.t.Helper()
	var texts []string
	for _, v := range fieldOf[[]any](e, field) {
		text, ok := v.(string)
		if !ok {
			e.t.Fatalf("%s is not a list of texts: %s", field, e)
		}
		texts = append(texts, text)
	}
	return texts
}

// diagnostic is one of a failed build's or generator's.
type diagnostic struct {
	file         string
	line, column int
	severity     string
	message      string
}

// diagnostics returns what a build or generator complained about.
func (e event) diagnostics() []diagnostic {
	e.t.Helper()
	var all []diagnostic
	for _, v := range fieldOf[[]any](e, "diagnostics") {
		fields, ok := v.(map[string]any)
		if !ok {
			e.t.Fatalf("diagnostics are not objects: %s", e)
		}
		d := event{e.t, fields}
		all = append(all, diagnostic{d.text("file"), d.number("line"), d.number("column"), d.text("severity"), d.text("message")})
	}
	return all
}

func fieldOf[T any](e event, field string) T {
	e.t.Helper()
	v, ok := e.fields[field].(T)
	if !ok {
		e.t.Fatalf("the test wants a %T in %s: %s", v, field, e)
	}
	return v
}

// condition is what an event is to meet.
type condition struct {
	says  string
	holds func(event) bool
}

// with is the condition that a field has exactly this value: a string, an int, a bool
// or a list of strings.
func with(field string, want any) condition {
	return condition{fmt.Sprintf("%s %#v", field, want), func(e event) bool {
		e.t.Helper()
		switch want := want.(type) {
		case string:
			return e.text(field) == want
		case int:
			return e.number(field) == want
		case bool:
			return e.is(field) == want
		case []string:
			return slices.Equal(e.texts(field), want)
		}
		e.t.Fatalf("no field of an event is a %T", want)
		return false
	}}
}

// contains is the condition that a text written for the user contains a part.
func contains(field, part string) condition {
	return condition{fmt.Sprintf("%s containing %q", field, part), func(e event) bool {
		e.t.Helper()
		return strings.Contains(e.text(field), part)
	}}
}

// lists is the condition that a list of texts has an item.
func lists(field, item string) condition {
	return condition{fmt.Sprintf("%s listing %q", field, item), func(e event) bool {
		e.t.Helper()
		return slices.Contains(e.texts(field), item)
	}}
}

// meets reports whether an event is of a type and all conditions hold for it.
func (e event) meets(kind string, conditions []condition) bool {
	e.t.Helper()
	if e.kind() != kind {
		return false
	}
	for _, c := range conditions {
		if !c.holds(e) {
			return false
		}
	}
	return true
}

// want fails the test for each condition that does not hold, and continues.
func (e event) want(conditions ...condition) event {
	e.t.Helper()
	for _, c := range conditions {
		if !c.holds(e) {
			e.t.Errorf("want %s: %s", c.says, e)
		}
	}
	return e
}

// describe says which event is meant.
func describe(kind string, conditions []condition) string {
	for i, c := range conditions {
		if i == 0 {
			kind += " with "
		} else {
			kind += ", "
		}
		kind += c.says
	}
	return kind
}
