//go:build unix

package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// files serves what lies in static from disk.
const files = `package main

import (
	"net/http"
	"os"
)

func main() {
	http.Handle("/static/", http.FileServer(http.Dir(".")))
	http.ListenAndServe(os.Args[1], nil)
}
`

// What the app serves from disk as it is starts no process and builds nothing, also where no
// browser can listen.
func TestBrowserRung(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": files, "static/a.css": "p { color: red }", "static/a.js": "1",
		".hotreload.toml": "[[build.generate]]\nmatch = [\"*.in\"]\ncommand = [\"cp\", \"a.in\", \"static/a.css\"]\n",
		"a.in":            "p { color: red }",
	})
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))

	for _, file := range []string{"static/a.css", "static/a.js"} {
		h.save(file, "2")
		h.await("change").want(with("paths", []string{file}))
		h.await("plan").want(with("rung", "browser"), with("build", false), contains("reason", "no browser was listening"))
		h.await("cycle").want(with("result", "ok"), with("rung", "browser"))
		if got := get(address, "/"+file); got != "2" {
			t.Errorf("%s is %q, want what was saved", file, got)
		}
	}
	h.edit("a.in", "red", "teal")
	h.await("generate.ok").want(with("paths", []string{"static/a.css"}))
	h.await("cycle").want(with("result", "ok"), with("rung", "browser"), contains("reason", "a.in is read by the generator cp"))
	if got := get(address, "/static/a.css"); !strings.Contains(got, "teal") {
		t.Errorf("the stylesheet is %q, want what was generated", got)
	}
	h.settle()
	for _, kind := range []string{"build.start", "app.start", "app.exit", "browser.reload"} {
		if got := h.count(kind); got != 0 {
			t.Errorf("%d times %s, want none: nothing is built or started, and no browser is told", got, kind)
		}
	}

	h.save("static/a.css", "3")
	h.edit("main.go", `"/static/"`, `"GET /static/"`)
	h.await("cycle", with("result", "ok"), with("rung", "restart"))
	if got := get(address, "/static/a.css"); got != "3" {
		t.Errorf("the new version serves %q, want what was saved with it", got)
	}
}

// pages is an app behind the proxy, with a page and a stylesheet that it serves from disk.
const pages = `package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	http.Handle("/static/", http.FileServer(http.Dir(".")))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<!doctype html><link rel=stylesheet href=/static/a.css><p>one"))
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
`

// seen is what a page is told.
type seen struct {
	Gen, Seq int
	Changes  []struct {
		Kind  string
		Paths []string
	}
	Problem *struct{ Title string }
}

// tab is an open page, which listens to hotreload as its script does.
type tab struct {
	t              *testing.T
	address, token string
	states         *bufio.Scanner
}

// openTab opens the app's page.
func openTab(t *testing.T, address string) *tab {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+address+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`data-token="(\w+)"`).FindSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no script: %s", page)
	}
	b := &tab{t: t, address: address, token: string(found[1])}
	stream, err := http.Get("http://" + address + "/.well-known/hotreload/events?token=" + b.token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stream.Body.Close() })
	b.states = bufio.NewScanner(stream.Body)
	return b
}

// await returns the next state that is like this.
func (b *tab) await(is func(seen) bool) seen {
	b.t.Helper()
	for b.states.Scan() {
		data, ok := strings.CutPrefix(b.states.Text(), "data: ")
		var s seen
		if ok && json.Unmarshal([]byte(data), &s) == nil && is(s) {
			return s
		}
	}
	b.t.Fatalf("the stream ended: %v", b.states.Err())
	return seen{}
}

// did tells that the page has done what a state asks for.
func (b *tab) did(s seen) {
	b.t.Helper()
	response, err := http.Post("http://"+b.address+"/.well-known/hotreload/done?seq="+strconv.Itoa(s.Seq)+"&token="+b.token, "", nil)
	if err != nil || response.Body.Close() != nil || response.StatusCode != http.StatusNoContent {
		b.t.Fatalf("done: %v, %v", response, err)
	}
}

// Open pages are told what has changed, what serves and what is wrong, and the events say what
// they do.
func TestPagesAreTold(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": pages, "static/a.css": "p { color: red }"})
	address := reserve(t)
	h := start(t, dir, "--set", "proxy.listen="+address)
	h.await("cycle", with("result", "ok"))
	b := openTab(t, address)
	h.await("browser.connected", with("clients", 1))

	h.edit("static/a.css", "red", "teal")
	h.await("plan").want(with("rung", "browser"), contains("reason", "stylesheets are swapped in 1 browser"))
	s := b.await(func(s seen) bool { return len(s.Changes) == 1 })
	if c := s.Changes[0]; c.Kind != "css" || c.Paths[0] != "static/a.css" || s.Gen != 1 {
		t.Errorf("the page is told %+v, want the stylesheet", s)
	}
	b.did(s)
	h.await("browser.reload").want(with("kind", "css"), with("clients", 1), with("paths", []string{"static/a.css"}))

	h.edit("main.go", "log.Fatal", "log.Fatl")
	h.await("browser.error").want(with("kind", "build"), with("clients", 1), with("file", "main.go"), contains("message", "Fatl"))
	b.await(func(s seen) bool { return s.Problem != nil && s.Problem.Title == "The build failed" })
	h.edit("main.go", "log.Fatl", "log.Fatal")
	h.await("build.ok", with("same", true))
	if s = b.await(func(s seen) bool { return s.Problem == nil }); s.Gen != 1 {
		t.Errorf("an identical build reloads pages: %+v", s)
	}

	h.edit("main.go", "one", "two")
	h.await("cycle", with("result", "ok"), with("rung", "swap"))
	b.did(b.await(func(s seen) bool { return s.Gen > 1 && s.Problem == nil }))
	h.await("browser.reload").want(with("kind", "page"), with("paths", []string{}))
}
