//go:build unix

package e2e

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// guestbook is an app with a page: a heading from its source, text from a template, and a
// stylesheet on disk. The page counts how often it was loaded.
const guestbook = `package main

import (
	"html/template"
	"log"
	"net/http"
	"os"
)

const heading = "one"

func main() {
	page := template.Must(template.ParseFiles("page.html"))
	http.Handle("/static/", http.FileServer(http.Dir(".")))
	http.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) { page.Execute(w, heading) })
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
`

const guestbookPage = `<!doctype html><html><head><link rel=stylesheet href=/static/site.css></head>
<body><h1>{{.}}</h1><p>text</p><script>sessionStorage.loads = 1 + (+sessionStorage.loads || 0)</script></body></html>
`

const (
	headingIs = `document.querySelector('h1').textContent === `
	textIs    = `document.querySelector('p').textContent === `
	colorIs   = `getComputedStyle(document.querySelector('h1')).color === `
	loaded    = `document.readyState === 'complete'`
	problem   = `document.querySelector('hotreload-problem')`
)

// The example behind the proxy, and nobody touches the browser: its page follows the
// stylesheet, the template and the source, shows what is broken, and is never loaded twice for
// one save.
func TestPageFollowsSaves(t *testing.T) {
	t.Parallel()
	tab := theBrowser.Tab(t)
	dir := example(t, "web")
	template := filepath.Join(dir, "pages/index.html")
	write(t, template, strings.Replace(read(t, template), "</body>",
		"<script>sessionStorage.loads = 1 + (+sessionStorage.loads || 0)</script></body>", 1))
	address := reserve(t)
	h := start(t, dir, "--set", "proxy.listen="+address, "--", "-addr", reserve(t))
	h.await("cycle", with("result", "ok"))
	tab.Open("http://" + address)
	h.await("browser.connected")
	loads := 1
	shows := func(what string) {
		t.Helper()
		tab.Until(loaded + " && " + problem + " === null && " + what)
		if got := tab.Text(`sessionStorage.loads`); got != strconv.Itoa(loads) {
			t.Errorf("the page was loaded %s times, want %d", got, loads)
		}
	}
	save := func(file, before, after, then string) {
		t.Helper()
		h.edit(file, before, after)
		loads++
		shows(then)
	}
	save("assets/style.css", "h1 { color: rebeccapurple", "h1 { color: rgb(1, 2, 3)", colorIs+`'rgb(1, 2, 3)'`)
	save("pages/index.html", "Your words", "What you say", `document.querySelector('[name=text]').placeholder === 'What you say'`)
	save("pages/pages.go", `"Guest book"`, `"Book of guests"`, headingIs+`'Book of guests'`)

	h.edit("pages/pages.go", "guests.Entries()", "guests.Entires()")
	tab.Until(problem + `.shadowRoot.textContent.includes('pages/pages.go:26:22')`)
	h.await("browser.error")
	save("pages/pages.go", "guests.Entires()", "guests.Entries()[:0]", headingIs+`'Book of guests'`)

	h.edit("pages/pages.go", "\tmux.HandleFunc(\"GET /{$}\"", "\tpanic(title)\n\tmux.HandleFunc(\"GET /{$}\"")
	tab.Until(problem + `.shadowRoot.textContent.includes('pages/pages.go:22')`)
	h.edit("pages/pages.go", "\tpanic(title)\n", "")
	tab.Until(loaded + " && " + problem + " === null && " + headingIs + `'Book of guests'`)
}

// Without a proxy the app's own handler gives its pages the script.
func TestPageOfAnAppByItself(t *testing.T) {
	t.Parallel()
	tab := theBrowser.Tab(t)
	app := strings.NewReplacer(
		"\n\t\"os\"", "\n\t\"os\"\n\n\t\"example.com/app/internal/hot\"",
		`"127.0.0.1:"+os.Getenv("PORT"), nil`, `os.Args[1], hot.Browser(http.DefaultServeMux)`,
	).Replace(guestbook)
	dir := module(t, map[string]string{"go.mod": goMod, "main.go": app, "page.html": guestbookPage, "static/site.css": "h1 { color: rgb(1, 1, 1) }"})
	if out, err := command(t, dir, "add", "hot").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	tab.Open("http://" + address)
	h.await("browser.connected")
	h.edit("static/site.css", "1, 1, 1", "2, 2, 2")
	tab.Until(colorIs + `'rgb(2, 2, 2)'`)
	h.edit("main.go", `"one"`, `"two"`)
	tab.Until(headingIs + `'two' && ` + loaded)
	if got := tab.Text(`sessionStorage.loads`); got != "2" {
		t.Errorf("the page was loaded %s times, want twice", got)
	}
}
