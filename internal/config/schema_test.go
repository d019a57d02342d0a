package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"

	"hotreload/build"
)

var update = flag.Bool("update", false, "rewrite docs/hotreload.schema.json")

// durationPattern is what time.ParseDuration takes, but for signs.
const durationPattern = `^(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`

// TestSchema checks that the schema for editors agrees with the structs.
func TestSchema(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "hotreload.schema.json")
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(jsonSchema(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("%s is out of date; run: go test ./internal/config -update\n(-structs +file)\n%s", file, diff)
	}
}

// jsonSchema describes Config to editors, each key with its text and default.
func jsonSchema(t *testing.T) *jsonschema.Schema {
	r := &jsonschema.Reflector{
		FieldNameTag:               "toml",
		Anonymous:                  true, // there is no address to find it at
		ExpandedStruct:             true,
		DoNotReference:             true,
		Namer:                      reflect.Type.String, // each table's struct is a Config
		RequiredFromJSONSchemaTags: true,                // that is, none
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if t != reflect.TypeFor[time.Duration]() {
				return nil
			}
			return &jsonschema.Schema{Type: "string", Pattern: durationPattern}
		},
	}
	root := r.Reflect(Config{})
	root.Title = "hotreload"
	root.Description = "Config file of hotreload, " + FileName
	defaults := reflect.ValueOf(Default())
	for _, table := range schema(defaults.Type()).children {
		tableSchema, ok := root.Properties.Get(table.name)
		if !ok {
			t.Fatalf("the schema lacks [%s]", table.path)
		}
		for _, key := range table.children {
			property, ok := tableSchema.Properties.Get(key.name)
			if !ok {
				t.Fatalf("the schema lacks %s", key.path)
			}
			property.Description = key.doc
			property.Default = jsonDefault(defaults.FieldByIndex(key.index))
			for _, c := range key.children { // of each table in a list
				of, ok := property.Items.Properties.Get(c.name)
				if !ok {
					t.Fatalf("the schema lacks %s", c.path)
				}
				of.Description = c.doc
				property.Items.Required = append(property.Items.Required, c.name)
			}
			if key.path == "runner.stop_signal" {
				for _, name := range signals() {
					property.Enum = append(property.Enum, name, name[len("SIG"):])
				}
			}
		}
	}
	return root
}

// jsonDefault is a default in the form a user would write.
func jsonDefault(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Duration:
		return x.String()
	case []string:
		return append([]string{}, x...) // [], not null
	case []build.Generator:
		return append([]build.Generator{}, x...)
	case []build.PluginPackage:
		return append([]build.PluginPackage{}, x...)
	case map[string]string:
		return map[string]string{}
	default:
		return x
	}
}

func TestDurationPattern(t *testing.T) {
	pattern := regexp.MustCompile(durationPattern)
	for _, s := range []string{"0", "5s", "1.5h", ".5s", "5.s", "1m30s", "1µs", "1μs", "", "5", "s", "5 s", "5sec", ".s", "1d", "5s "} {
		_, err := time.ParseDuration(s)
		if got := pattern.MatchString(s); got != (err == nil) {
			t.Errorf("editors take %q: %v; ParseDuration says %v", s, got, err)
		}
	}
}
