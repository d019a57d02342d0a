package session

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What sessions were told once leads to the same again, on any machine and
// without the project: a step reads nothing but its inputs. With -update the results
// are rewritten, for an intended change.
func TestReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/streams/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no streams: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) { replay(t, file) })
	}
}

func replay(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 16<<20)
	var start recordedStart
	if lines.Scan(); json.Unmarshal(lines.Bytes(), &start) != nil {
		t.Fatalf("%s does not say how the session began", file)
	}
	state := newState(Options{Root: start.Root, Config: start.Config, ConfigFile: start.ConfigFile, ProxyURL: start.Front, CanSwap: true})
	state.Package, state.browsing.there = start.Package, start.Pages
	d := newDecoder(start.Root)
	disk, former := facts{}, map[string]string{}
	var rewritten bytes.Buffer
	rewritten.Write(lines.Bytes())
	rewritten.WriteByte('\n')
	for n := 2; lines.Scan(); n++ {
		var s recordedStep
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		for path, f := range s.Disk {
			disk[path] = fact{verdict: f.Verdict, print: f.Print, born: f.New, gone: f.Print == ""}
		}
		in, err := d.input(s.In)
		if err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		said := facts{}
		for _, path := range state.asks(in) {
			said[path] = disk[path]
		}
		var effects []effect
		state, effects = state.apply(epoch.Add(time.Duration(s.At)), in, said)
		var out []json.RawMessage
		for _, e := range effects {
			out = append(out, recordedEffect(e))
		}
		changed := changedFields(state, former)
		if *update {
			rewritten.Write(withResult(lines.Bytes(), out, changed))
			continue
		}
		if diff := cmp.Diff(readable(normal(s.Out), s.State), readable(normal(out), changed)); diff != "" {
			t.Fatalf("line %d, %s: -recorded +got:\n%s", n, s.In.Kind, diff)
		}
	}
	if *update {
		if err := os.WriteFile(file, rewritten.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// changedFields are the fields of the public state that are not as they were.
func changedFields(s State, former map[string]string) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(asJSON(s), &fields); err != nil {
		panic(err)
	}
	changed := map[string]json.RawMessage{}
	for key, value := range fields {
		if value = normal([]json.RawMessage{value})[0]; former[key] != string(value) {
			former[key], changed[key] = string(value), value
		}
	}
	return changed
}

// normal are JSON values with their keys sorted.
func normal(values []json.RawMessage) []json.RawMessage {
	var all []json.RawMessage
	for _, value := range values {
		var v any
		d := json.NewDecoder(bytes.NewReader(value))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			panic(err)
		}
		all = append(all, asJSON(v))
	}
	return all
}

// withResult is a line of a stream with another result.
func withResult(line []byte, out []json.RawMessage, state map[string]json.RawMessage) []byte {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		panic(err)
	}
	delete(fields, "out")
	delete(fields, "state")
	if len(out) > 0 {
		fields["out"] = asJSON(normal(out))
	}
	if len(state) > 0 {
		fields["state"] = asJSON(state)
	}
	return append(asJSON(fields), '\n')
}

func sortedKeys(m map[string]json.RawMessage) []string { return slices.Sorted(maps.Keys(m)) }
