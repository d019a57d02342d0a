package config

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFields(t *testing.T) {
	byKey := make(map[string]Field)
	var keys []string
	for _, f := range Fields() {
		byKey[f.Key] = f
		keys = append(keys, f.Key)
	}
	want := []string{"watch.include", "watch.browser", "watch.exclude", "watch.gitignore", "watch.quiet", "watch.poll", "watch.extra"}
	if diff := cmp.Diff(want, keys[:len(want)]); diff != "" {
		t.Errorf("the keys of the first table (-want +got):\n%s", diff)
	}
	for key, want := range map[string][2]string{
		"watch.include":      {"list of globs", `["**/*.{html,tmpl,tpl,gohtml}"]`},
		"watch.gitignore":    {"boolean", "true"},
		"watch.quiet":        {"duration", `"30ms"`},
		"build.tags":         {"list of strings", "[]"},
		"build.env":          {"table of strings", "{}"},
		"runner.stop_signal": {"string", `"SIGTERM"`},
	} {
		if got := byKey[key]; got.Type != want[0] || got.Default != want[1] || got.Doc == "" {
			t.Errorf("%s is %+v; want %v, and a text", key, got, want)
		}
	}
}

// TestTags checks that this package can handle the structs of the tables.
func TestTags(t *testing.T) {
	c := everyKeyConfig()
	v := reflect.ValueOf(c)
	for _, key := range schema(v.Type()).keys() {
		for _, c := range key.children { // of a list of tables
			if !isBare(c.name) || c.doc == "" || c.typ != reflect.TypeFor[[]string]() && c.typ != reflect.TypeFor[string]() {
				t.Errorf("%s is a %s %q, %q; in a list of tables only strings and lists of them are read, printed and documented as yet", c.path, c.typ, c.name, c.doc)
			}
		}
		if !isBare(key.name) {
			t.Errorf("%s: %q is not a bare key; check the toml tag", key.path, key.name)
		}
		if key.doc == "" {
			t.Errorf("%s has no doc tag", key.path)
		}
		if key.glob && !key.isList() {
			t.Errorf("%s is tagged glob, which only lists are checked for", key.path)
		}
		switch v.FieldByIndex(key.index).Interface().(type) {
		case []string, map[string]string, string, bool, int:
		default:
			if !key.isDuration() && !key.isTables() {
				t.Errorf("%s is a %s, which cannot be read from a file yet", key.path, key.typ)
			}
		}
	}
}
