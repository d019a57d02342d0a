//go:build unix

package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotreload/internal/chromium"
)

// There may be more saves, and others: -pages.saves 200 -pages.seed 7.
var (
	pageSaves = flag.Int("pages.saves", 15, "saves `N` in TestPagesThroughManySaves")
	pageSeed  = flag.Uint64("pages.seed", 1, "what the saves in TestPagesThroughManySaves are chosen by")
)

// noteLoad is for pages: their tab remembers the mark of each one that it has loaded.
const noteLoad = `<script>sessionStorage[location.pathname] = (sessionStorage[location.pathname] || '') + document.querySelector('script[data-mark]').dataset.mark + ' '</script>`

// album is a guestbook in a browser: two tabs of its page, and one with the page in a frame.
type album struct {
	*tool
	address              string
	heading, text, color string // as they were saved last
	plain, framed, other *chromium.Tab
}

const (
	ownPage   = `document`
	framePage = `document.querySelector('iframe').contentDocument`
)

func openAlbum(t *testing.T) *album {
	first := theBrowser.Tab(t)
	page := strings.Replace(guestbookPage, "<body>", "<body>"+noteLoad, 1)
	dir := module(t, map[string]string{
		"go.mod": goMod, "main.go": guestbook, "page.html": page, "static/site.css": "h1 { color: rgb(1, 1, 1) }",
		"static/framed.html": "<!doctype html><html><head></head><body>" + noteLoad + "<iframe src=/></iframe></body></html>",
	})
	a := &album{address: reserve(t), heading: "one", text: "text", color: "rgb(1, 1, 1)"}
	a.tool = start(t, dir, "--set", "proxy.listen="+a.address)
	a.await("cycle", with("result", "ok"))
	a.plain, a.framed, a.other = first, first.Another(), first.Another()
	a.plain.Open("http://" + a.address)
	a.framed.Open("http://" + a.address + "/static/framed.html")
	a.other.Open("http://" + a.address)
	a.show()
	return a
}

// change saves something, which has a number.
func (a *album) change(kind, n int) {
	a.t.Helper()
	source := filepath.Join(a.dir, "main.go")
	switch kind {
	case 0:
		color := fmt.Sprintf("rgb(%d, %d, 0)", n/256, n%256)
		write(a.t, filepath.Join(a.dir, "static/site.css"), "h1 { color: "+color+" }")
		a.color = color
	case 1:
		page := filepath.Join(a.dir, "page.html")
		text := fmt.Sprint("text ", n)
		write(a.t, page, strings.Replace(read(a.t, page), "<p>"+a.text+"<", "<p>"+text+"<", 1))
		a.text = text
	case 2:
		heading := fmt.Sprint("heading ", n)
		write(a.t, source, strings.Replace(guestbook, `"one"`, fmt.Sprintf("%q", heading), 1))
		a.heading = heading
	case 3:
		write(a.t, source, strings.Replace(guestbook, `"one"`, fmt.Sprint("missing", n), 1))
	}
}

// show waits until all pages show what was saved last.
func (a *album) show() {
	a.t.Helper()
	a.each(func(tab *chromium.Tab, page string) {
		in := func(s string) string { return strings.Replace(s, "document", page, 1) }
		tab.Until(in(loaded) + " && " + in(headingIs) + "'" + a.heading + "' && " + in(textIs) + "'" + a.text + "' && " +
			in(colorIs) + "'" + a.color + "' && " + problem + " === null")
	})
}

func (a *album) each(do func(tab *chromium.Tab, page string)) {
	a.t.Helper()
	do(a.plain, ownPage)
	do(a.framed, framePage)
	do(a.other, ownPage)
}

// loads are the marks of the pages that the tabs have loaded, by tab and path.
func (a *album) loads() map[string][]string {
	a.t.Helper()
	all := map[string][]string{}
	for name, tab := range map[string]*chromium.Tab{"plain": a.plain, "framed": a.framed, "other": a.other} {
		for _, path := range []string{"/", "/static/framed.html"} {
			if marks := strings.Fields(tab.Text("sessionStorage['" + path + "'] || ''")); len(marks) > 0 {
				all[name+" "+path] = marks
			}
		}
	}
	return all
}

// Saves of all kinds at random moments, in the midst of builds and starts and reloads, while one
// of the tabs is asleep now and then: all end with what was saved last, no page is loaded
// twice for a version, and none in vain.
func TestPagesThroughManySaves(t *testing.T) {
	t.Parallel()
	slow(t)
	a := openAlbum(t)
	random := rand.New(rand.NewPCG(*pageSeed, 0))
	for n := 1; n <= *pageSaves; n++ {
		switch n % 15 {
		case 5:
			a.other.Freeze()
		case 11:
			a.other.Wake()
		}
		a.change(random.IntN(4), n)
		time.Sleep(time.Duration(random.ExpFloat64() * float64(300*time.Millisecond)))
	}
	a.other.Wake()

	a.change(2, *pageSaves+1)
	a.show()

	// While the source is broken, what was served before stays, under what is wrong.
	a.change(3, *pageSaves+2)
	for _, tab := range []*chromium.Tab{a.plain, a.framed, a.other} {
		tab.Until(problem + ".shadowRoot.textContent.includes('missing" + fmt.Sprint(*pageSaves+2) + "') && " +
			"[document, ...Array.from(frames, f => f.document)].some(d => d.querySelector('h1')?.textContent === '" + a.heading + "')")
	}
	a.change(2, *pageSaves+3)
	a.show()
	for page, marks := range a.loads() {
		of := map[string]bool{}
		for _, mark := range marks {
			version := mark[:strings.LastIndexByte(mark, '.')]
			if of[version] {
				t.Errorf("%s: version %s was loaded twice: %s", page, version, marks)
			}
			of[version] = true
		}
	}
	for _, tab := range []*chromium.Tab{a.plain, a.framed, a.other} {
		if pages := tab.ErrorPages(); len(pages) > 0 {
			t.Errorf("pages were on an error page of the browser: %s", pages)
		}
	}
}
