//go:build unix

package e2e

import (
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
