//go:build unix

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// tuned is an app that says what its tunables are.
const tuned = `package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"example.com/app/internal/hot"
)

type Limits struct {
	Rate float64
	Wait time.Duration
}

var (
	greeting = hot.Tune("greeting", "hello")
	limits   = hot.Tune("limits", Limits{Rate: 1, Wait: time.Second})
)

type told struct{}

func (told) Update(u hot.Update) error {
	fmt.Println("updated", u.Name)
	return nil
}

func main() {
	hot.OnUpdate(told{})
	l, err := hot.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, greeting.Load(), " ", limits.Load().Rate, " ", limits.Load().Wait)
	})
	if err := hot.Serve(context.Background(), &http.Server{}, l); err != nil {
		log.Fatal(err)
	}
}
`

// What is set by hand is in the app at once and in the versions that follow; what cannot
// be set is said, with status 1.
func TestSetTunables(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": tuned, "sub/x.txt": ""})
	addHot(t, dir, false)
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	set := func(args ...string) (said string, status int) {
		t.Helper()
		cmd := h.beside("sub", args...)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	for _, args := range [][]string{{"greeting", "good morning"}, {"limits.Rate", "-2.5"}} {
		h.mark()
		if said, status := set("set", args[0], args[1]); said != "" || status != 0 {
			t.Errorf("set %v: status %d: %s", args, status, said)
		}
		h.await("app.output", contains("text", "updated "+args[0]))
		h.await("tunable.set", with("name", args[0]), with("value", args[1]))
	}
	if got := get(address, "/"); got != "good morning -2.5 1s" {
		t.Errorf("the app has %s", got)
	}
	for _, test := range []struct{ name, value, want string }{
		{"limits.Wait", "soon", "hotreload: \"soon\" is not a valid time.Duration for limits.Wait; for example: hotreload set limits.Wait 1m30s\n"},
		{"limit.Wait", "1s", "hotreload: the app has no tunable limit.Wait; did you mean limits.Wait?\n"},
	} {
		if said, status := set("set", test.name, test.value); said != test.want || status != 1 {
			t.Errorf("set %s %s: status %d: %s", test.name, test.value, status, said)
		}
	}
	out, _ := set("send", "status")
	var state struct {
		Tunables []struct {
			Name, Type     string
			Default, Value json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(out), &state); err != nil || len(state.Tunables) != 2 ||
		state.Tunables[1].Type != "main.Limits" || !slices.Equal(strings.Fields(string(state.Tunables[1].Value)), []string{"{", `"Rate":`, "-2.5,", `"Wait":`, `"1s"`, "}"}) {
		t.Errorf("%v; status says %s", err, out)
	}

	h.edit("main.go", "Wait: time.Second", "Wait: 2 * time.Second")
	h.await("cycle", with("result", "ok"), with("rung", "swap"))
	if got := get(address, "/"); got != "good morning -2.5 2s" {
		t.Errorf("the next version has %s", got)
	}
	h.edit("main.go", `"hello"`, `"howdy"`)
	h.await("cycle", with("result", "ok"))
	if got := get(address, "/"); got != "howdy -2.5 2s" {
		t.Errorf("the version with another default has %s", got)
	}
	if status := h.quit(syscall.SIGINT); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	if said, status := set("set", "greeting", "x"); status != 1 || !strings.HasPrefix(said, "hotreload: no session is running in ") {
		t.Errorf("without a session: status %d: %s", status, said)
	}
}

// The example keeps counting in one process while its plugin and its person change, and its
// updater is called for both.
func TestExampleClassic(t *testing.T) {
	slow(t)
	t.Parallel()
	h := start(t, example(t, "classic"))
	h.await("app.output", contains("text", "Hello, Ann! That was greeting 1."))
	h.await("app.ready", with("via", "app"))
	h.await("cycle", with("result", "ok"))

	h.mark()
	if out, err := h.beside("", "set", "person", `{"Name": "Bob", "Every": "20ms"}`).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h.await("app.output", contains("text", "update: person is set: {Name:Bob Every:20ms}"))
	h.await("app.output", contains("text", "Hello, Bob!"))

	h.edit("plugins/greet/greet.go", "Hello, %s! That", "Good day, %s! That")
	h.await("plan", with("rung", "plugin"))
	h.await("app.output", contains("text", "update: plugin greet; carried [greeter.count], converted [], dropped []"))
	h.await("plugin.loaded", with("name", "greet"), lists("carried", "greeter.count"))
	h.await("cycle", with("result", "ok"), with("rung", "plugin"))
	if e := h.await("app.output", contains("text", "Good day, Bob!")); strings.HasSuffix(e.text("text"), " 1.") {
		t.Errorf("it counts from the beginning: %s", e.text("text"))
	}
	h.quit(syscall.SIGINT)
}
