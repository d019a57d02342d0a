//go:build unix

package hot

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"hotreload/internal/appsock/wire"
)

// limits is a tunable of all kinds.
type limits struct {
	Rate    float64
	Burst   uint8 `json:"burst_size"`
	Wait    time.Duration
	Level   slog.Level
	Names   []string
	Per     map[string]time.Duration
	Next    *limits
	Nested  struct{ On bool }
	Any     any
	private int
}

func (l limits) Validate() error {
	if l.Rate < 0 {
		return errors.New("Rate must not be negative")
	}
	return nil
}

func standard() limits {
	return limits{Rate: 1, Burst: 2, Wait: time.Second, Names: []string{"a", "b"}, Per: map[string]time.Duration{"a.b": 1}, private: 7}
}

// What is typed becomes the value that its type says.
func TestSet(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"limits.Rate", "2.5", `"Rate":2.5`},
		{"limits.rate", "0x10p0", `"Rate":16`},
		{"limits.burst_size", "255", `"Burst":255`},
		{"limits.Wait", "1m30s", `"Wait":"1m30s"`},
		{"limits.Level", "WARN", `"Level":"WARN"`},
		{"limits.Names", `["x"]`, `"Names":["x"]`},
		{"limits.Names.1", `c d`, `"Names":["a","c d"]`},
		{"limits.Per.new", `2s`, `"Per":{"a.b":"1ns","new":"2s"}`},
		{"limits.Per.a.b", `2s`, `"Per":{"a.b":"2s"}`},
		{"limits.Per", `{"z":"3s"}`, `"Per":{"z":"3s"}`},
		{"limits.Next.Rate", `4`, `"Next":{"Rate":4,`},
		{"limits.Next", `{"Wait":"4s"}`, `"Wait":"4s"`},
		{"limits.Nested.On", `true`, `"Nested":{"On":true}`},
		{"limits.Any", `text`, `"Any":"text"`},
		{"limits.Any", `{"k":1}`, `"Any":{"k":1}`},
		{"limits", `{"Rate":3,"Wait":"2s"}`, `{"Rate":3,"Burst":2,"Wait":"2s"`},
		{"limits", `{"Nested":{"On":true},"Names":null}`, `"Names":null`},
		{"limits.Per", ` null `, `"Per":null`},
		{"limits.Next", ` null`, `"Next":null`},
		{"limits.Any", `null`, `"Any":null`},
	} {
		a := alone()
		l := tune(a, "limits", standard())
		before := l.Load()
		if _, err := a.tuning.set(test.name, test.value); err != nil {
			t.Errorf("%s %s: %v", test.name, test.value, err)
			continue
		}
		if got := string(shown(a.tuning.all["limits"].load())); !strings.Contains(got, test.want) {
			t.Errorf("%s %s: it is %s, want %s in it", test.name, test.value, got, test.want)
		}
		if l.Load().private != 7 {
			t.Errorf("%s %s: what is not exported is lost", test.name, test.value)
		}
		if len(before.Per) != 1 || before.Per["a.b"] != 1 || before.Names[1] != "b" || before.Next != nil {
			t.Errorf("%s %s: a value that was read has changed: %+v", test.name, test.value, before)
		}
	}
}

// What does not fit is told with the type that is wanted and an example, and changes nothing.
func TestSetWrong(t *testing.T) {
	a := alone()
	l := tune(a, "limits", standard())
	tune(a, "greeting", "hello")
	tune(a, "grid", [2]int{1, 2})
	tune(a, "when", time.Unix(1, 0).UTC())
	for _, test := range []struct{ name, value, want string }{
		{"limits.Rate", "fast", `"fast" is not a valid float64 for limits.Rate; for example: hotreload set limits.Rate 2.5`},
		{"limits.Burst", "256", `"256" is not a valid uint8 for limits.Burst: it is out of range; for example: hotreload set limits.Burst 25`},
		{"limits.Wait", "5", `"5" is not a valid time.Duration for limits.Wait; for example: hotreload set limits.Wait 1m30s`},
		{"limits.Level", "LOUD", `"LOUD" is not a valid slog.Level for limits.Level; for example: hotreload set limits.Level INFO`},
		{"limits.Names", "x", `"x" is not a valid []string for limits.Names: invalid character 'x' looking for beginning of value; for example: hotreload set limits.Names '["text"]'`},
		{"limits.Names.2", "x", `limits.Names has no element 2; it has 2, numbered from 0`},
		{"limits.Rte", "1", `limits has no field Rte; the fields of hot.limits are Rate, Burst, Wait, Level, Names, Per, Next, Nested, Any`},
		{"limits.", "1", `limits. names no field; the fields of hot.limits are Rate, Burst`},
		{"limits..Rate", "1", `limits. names no field; `},
		{"limits.private", "1", `limits has no field private; the fields of hot.limits are Rate`},
		{"limits.Rate.x", "1", `limits.Rate has no part x: its type is float64`},
		{"limits", `{"Rate":"x"}`, `"x" is not a valid float64 for limits.Rate`},
		{"limits", `5`, `"5" is not a valid hot.limits for limits: cannot unmarshal number into Go value of type hot.limits; for example: hotreload set limits '{"Rate":2.5}'`},
		{"limits.Rate", "-1", `limits: Rate must not be negative`},
		{"limit.Rate", "1", `there is no tunable limit.Rate; the app has greeting, grid, limits, when`},
		{"limits", ` null `, `"null" is not a valid hot.limits for limits: it cannot be null; for example: hotreload set limits '{"Rate":2.5}'`},
		{"limits", `{"Rate":null}`, `"null" is not a valid float64 for limits.Rate; `},
		{"limits", `{"Wait":null}`, `"null" is not a valid time.Duration for limits.Wait; `},
		{"limits", `{"Level":null}`, `"null" is not a valid slog.Level for limits.Level; `},
		{"limits", `{"Nested":null}`, `"null" is not a valid struct { On bool } for limits.Nested: it cannot be null; `},
		{"limits", `{"Nested":{"On":null}}`, `"null" is not a valid bool for limits.Nested.On; `},
		{"limits", `{"Names":["a",null]}`, `"null" is not a valid string for limits.Names.1; `},
		{"limits", `{"Per":{"a.b":null}}`, `"null" is not a valid time.Duration for limits.Per.a.b; `},
		{"limits", `{"Next":{"Nested":null}}`, `"null" is not a valid struct { On bool } for limits.Next.Nested: `},
		{"limits.Nested", `null`, `"null" is not a valid struct { On bool } for limits.Nested: `},
		{"grid", `null`, `"null" is not a valid [2]int for grid: it cannot be null; `},
		{"grid", `[3]`, `"[3]" is not a valid [2]int for grid: it has 2 elements, not 1; `},
		{"grid", `[3,4,5]`, `"[3,4,5]" is not a valid [2]int for grid: it has 2 elements, not 3; `},
		{"when", `null`, `"null" is not`},
	} {
		_, err := a.tuning.set(test.name, test.value)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s %s: the error is %v\nwant %s", test.name, test.value, err, test.want)
		}
	}
	if got := l.Load(); got.Rate != 1 || got.Burst != 2 {
		t.Errorf("it has changed: %+v", got)
	}
}

// Readers and writers do not disturb each other.
func TestSetWhileRead(t *testing.T) {
	a := alone()
	l := tune(a, "limits", standard())
	var work sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		work.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				now := l.Load()
				if now.Rate != float64(len(now.Per)) {
					t.Errorf("a value is torn: %v with %d", now.Rate, len(now.Per))
					return
				}
			}
		})
	}
	for i := range 500 {
		text := `{"Rate":1,"Per":{"a":"1s"}}`
		if i%2 == 0 {
			text = `{"Rate":2,"Per":{"a":"1s","b":"2s"}}`
		}
		if _, err := a.tuning.set("limits", text); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	work.Wait()
}

// What was set by hand stays, as far as its default is the same.
func TestMerged(t *testing.T) {
	for name, test := range map[string]struct{ before, set, now, want string }{
		"the same default":         {`1`, `5`, `1`, `5`},
		"another default":          {`1`, `5`, `2`, `2`},
		"another type":             {`1`, `5`, `"1"`, `"1"`},
		"a field by hand":          {`{"A":1,"B":2}`, `{"A":5,"B":2}`, `{"A":1,"B":3}`, `{"A":5,"B":3}`},
		"that field's default":     {`{"A":1,"B":2}`, `{"A":5,"B":2}`, `{"A":9,"B":2}`, `{"A":9,"B":2}`},
		"a new field":              {`{"A":1}`, `{"A":5}`, `{"A":1,"C":3}`, `{"A":5,"C":3}`},
		"a field that is gone":     {`{"A":1,"B":2}`, `{"A":5,"B":7}`, `{"A":1}`, `{"A":5}`},
		"a field within a field":   {`{"A":{"X":1,"Y":2}}`, `{"A":{"X":5,"Y":2}}`, `{"A":{"X":1,"Y":3}}`, `{"A":{"X":5,"Y":3}}`},
		"a list is one thing":      {`[1,2]`, `[5,2]`, `[1,3]`, `[1,3]`},
		"what was null by default": {`null`, `{"A":1}`, `null`, `{"A":1}`},
	} {
		if got := string(merged(json.RawMessage(test.before), json.RawMessage(test.set), json.RawMessage(test.now))); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestTakeOver(t *testing.T) {
	a := alone()
	a.tuning.asked = true
	a.tuning.hands = map[string]wire.Hand{
		"rate":  {Default: []byte(`1`), Value: []byte(`5`)},
		"wait":  {Default: []byte(`"1s"`), Value: []byte(`"5s"`)},
		"small": {Default: []byte(`1`), Value: []byte(`-5`)},
		"late":  {Default: []byte(`1`), Value: []byte(`5`)},
	}
	rate, wait, small := tune(a, "rate", 1), tune(a, "wait", time.Second), tune(a, "small", uint(1))
	if rate.Load() != 5 || wait.Load() != 5*time.Second || small.Load() != 1 {
		t.Errorf("they are %v, %v, %v", rate.Load(), wait.Load(), small.Load())
	}
	if late := tune(a, "late", 2); late.Load() != 2 {
		t.Errorf("with another default it is %v", late.Load())
	}
}

// A name is one value, with the newest default; for another type it is a mistake.
func TestTuneTwice(t *testing.T) {
	a := alone()
	one, two := tune(a, "n", 1), tune(a, "n", 2)
	if one != two || one.Load() != 2 {
		t.Errorf("they are two, or %d", one.Load())
	}
	if _, err := a.tuning.set("n", "7"); err != nil {
		t.Fatal(err)
	}
	if tune(a, "n", 2).Load() != 7 || tune(a, "n", 3).Load() != 3 {
		t.Errorf("with the same default and another it is %d", one.Load())
	}
	defer func() {
		if got := recover(); got != "hot.Tune: n has type int, and cannot have type string as well" {
			t.Errorf("it panicked with %v", got)
		}
	}()
	tune(a, "n", "x")
}

// fussy cannot be read.
type fussy struct{}

func (*fussy) UnmarshalText([]byte) error { panic("not me") }

// What panics in the app's own code is an error, not the end of the app.
func TestSetPanics(t *testing.T) {
	a := alone()
	tune(a, "fussy", fussy{})
	if _, err := a.tuning.set("fussy", "x"); err == nil || !strings.Contains(err.Error(), "reading fussy as hot.fussy panicked: not me") {
		t.Errorf("the error is %v", err)
	}
}

// A plugin's versions have types of their own. What is set is set for the newest, which may
// have been rejected, and for those before, which may serve still or again.
func TestTuneVersions(t *testing.T) {
	a := alone()
	first := func() func() int {
		type limit struct{ Rate, Old int }
		one := tune(a, "limit", limit{Rate: 1, Old: 1})
		if again := tune(a, "limit", limit{Rate: 1, Old: 1}); again != one {
			t.Error("a version's tunable is another one each time")
		}
		return func() int { return one.Load().Rate*10 + one.Load().Old }
	}()
	type limit struct{ Rate, New int }
	second := tune(a, "limit", limit{Rate: 2, New: 2})
	for name, value := range map[string]string{"limit.Rate": "5", "limit.New": "7"} {
		if _, err := a.tuning.set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if got := second.Load(); got != (limit{5, 7}) || first() != 51 {
		t.Errorf("the versions have %d and %+v, want 51 and {5 7}", first(), got)
	}
	if _, err := a.tuning.set("limit.Old", "3"); err == nil {
		t.Error("a field that is no more can be set")
	}
}

// updates are what an updater is told.
type updates chan Update

func (u updates) Update(one Update) error { u <- one; return errors.New("thank you") }

type fragile struct{}

func (fragile) Update(Update) error { panic("no") }

// An updater is told what was set, whatever happens to the others.
func TestOnUpdate(t *testing.T) {
	a := alone()
	tune(a, "limits", standard())
	told := make(updates, 1)
	a.onUpdate(fragile{})
	a.onUpdate(told)
	a.set(wire.Set{Name: "limits.Rate", Value: "3"})
	u := <-told
	if u.Kind != TunableSet || u.Name != "limits.Rate" || u.Value.(limits).Rate != 3 {
		t.Errorf("it was told of %+v", u)
	}
	a.set(wire.Set{Name: "limits.Rate", Value: "x"})
	if len(told) > 0 {
		t.Error("it was told of what was not set")
	}
}
