package proxy

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"hotreload/internal/proxy/browser"
)

// Each tab reloads once for a version, in other windows too, with the pages in its frames; one
// that was asleep catches up; and all of them have one connection.
func TestTabs(t *testing.T) {
	s := openSite(t)
	first := theBrowser.Tab(t)
	first.Open(s.url)
	waitFor(t, s.hub)
	asleep, framed := first.Another(), first.Window()
	asleep.Open(s.url)
	framed.Open(s.url + "/framed")
	const inFrame = `document.querySelector('iframe').contentDocument.title`
	framed.Until(inFrame + ` === 'v1'`)
	if n := s.loads.Swap(0); n != 4 {
		t.Fatalf("four pages were loaded %d times", n)
	}
	asleep.Freeze()
	s.version(2)
	first.Until(`document.title === 'v2'`)
	framed.Until(`document.title === 'framed v2' && ` + inFrame + ` === 'v2'`)
	s.version(3)
	first.Until(`document.title === 'v3'`)
	framed.Until(`document.title === 'framed v3' && ` + inFrame + ` === 'v3'`)
	asleep.Wake()
	asleep.Until(`document.title === 'v3'`)
	if n := s.loads.Load(); n != 7 {
		t.Errorf("for two versions, one of which one tab has slept through, pages were loaded %d times", n)
	}
	if n := s.hub.Clients(); n != 1 {
		t.Errorf("they are %d browsers", n)
	}
}

// Where there is no shared worker, one page has the connection and tells the others; when
// it is closed, another takes over. Without that, too, pages ask now and then.
func TestPagesWithoutAWorker(t *testing.T) {
	for _, c := range []struct{ name, missing string }{
		{"locks", `delete window.SharedWorker`},
		{"nothing", `delete window.SharedWorker; Object.defineProperty(navigator, 'locks', {value: undefined})`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openSite(t)
			s.head.Store("<script>" + c.missing + "</script>")
			first := theBrowser.Tab(t)
			first.Open(s.url)
			second := first.Another()
			second.Open(s.url)
			s.version(2)
			first.Until(`document.title === 'v2'`)
			second.Until(`document.title === 'v2'`)
			first.Open("about:blank")
			s.version(3)
			second.Until(`document.title === 'v3'`)
		})
	}
}

// What the user has done to a page survives its reload: where it is scrolled to, what has
// the focus, and what was filled in.
func TestReloadKeepsThePlace(t *testing.T) {
	s := openSite(t)
	s.body.Store(`<div style="height: 3000px">high</div>
		<div id=box style="height: 50px; overflow: auto"><div style="height: 500px">high</div></div>
		<form><input id=text name=a><input type=checkbox id=check><input type=password id=secret>
		<select id=list><option>one<option>two</select><textarea></textarea></form><div style="height: 3000px">high</div>`)
	tab := theBrowser.Tab(t)
	tab.Open(s.url)
	waitFor(t, s.hub)
	tab.Text(`(() => {
		document.querySelector('#text').value = 'typed';
		document.querySelector('#check').checked = true;
		document.querySelector('#secret').value = 'secret';
		document.querySelector('#list').selectedIndex = 1;
		document.querySelector('textarea').value = 'more';
		document.querySelector('#text').focus();
		document.querySelector('#text').setSelectionRange(1, 3);
		document.querySelector('#box').scrollTop = 70;
		window.scrollTo(0, 1234);
	})()`)
	s.version(2)
	tab.Until(`document.title === 'v2' && document.readyState === 'complete' && scrollY === 1234`)
	got := tab.Text(`(() => { const q = s => document.querySelector(s); return [q('#text').value, q('#check').checked, q('#secret').value, q('#list').value,
		q('textarea').value, document.activeElement.id, q('#text').selectionStart, q('#text').selectionEnd, q('#box').scrollTop].join() })()`)
	if want := "typed,true,,two,more,text,1,3,70"; got != want {
		t.Errorf("after the reload: %s, want %s", got, want)
	}
}

// A page lives through the end of one session and the beginning of the next, on the same
// address, and with the strictest of policies.
func TestPageOutlivesTheSession(t *testing.T) {
	s := openSite(t)
	s.policy.Store("default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'")
	tab := theBrowser.Tab(t)
	tab.Open(s.url)
	waitFor(t, s.hub)
	at := s.address()
	s.stop()

	next := openSiteAt(t, at, 7)
	tab.Until(`document.title === 'v7'`)
	next.hub.Fail(brokenBuild)
	tab.Until(problemText + `.includes('undefined')`)
}

// A page that is the answer to a form is not loaded again unasked.
func TestAnswerToAFormStays(t *testing.T) {
	s := openSite(t)
	tab := theBrowser.Tab(t)
	tab.Open(s.url + "/form")
	waitFor(t, s.hub)
	tab.Text(`document.querySelector('form').submit()`)
	tab.Until(`document.title === 'sent 1'`)
	s.version(2)
	tab.Until(problemText + `.includes('A new version serves')`)
	if got := tab.Text(`document.title`); got != "sent 1" {
		t.Errorf("the page is %q", got)
	}
}

// Images are fetched again where they stand: in elements, and in stylesheets.
func TestImages(t *testing.T) {
	s := openSite(t)
	s.body.Store(`<img id=text src="/static/logo.svg"><img id=other src="/static/other.svg"><p style="background: url(/static/logo.svg)">x</p>
		<img id=odd src="/static/50%25 (1)%23.svg" srcset="/static/50%25%20(1)%23.svg 1x, /static/other.svg 2x"><b style="background: url('/static/50%25 (1)%23.svg')">x</b>`)
	tab := theBrowser.Tab(t)
	tab.Open(s.url)
	waitFor(t, s.hub)
	s.hub.Changed(browser.Change{Kind: browser.Image, Paths: []string{"web/static/logo.svg"}})
	tab.Until(`document.querySelector('#text').src.includes('logo.svg?hotreload=') && document.querySelector('p').style.background.includes('logo.svg?hotreload=')`)
	if got := tab.Text(`document.querySelector('#other').getAttribute('src')`); got != "/static/other.svg" {
		t.Errorf("another image became %s", got)
	}
	// Only the picture of a stylesheet is fetched again, and by it alone.
	s.hub.Changed(browser.Change{Kind: browser.Image, Paths: []string{"web/static/back.png"}})
	tab.Until(`[...document.styleSheets].some(s => [...s.cssRules].some(r => r.cssText.includes('back.png?hotreload=')))`)
	s.hub.Changed(browser.Change{Kind: browser.Image, Paths: []string{"web/static/inside.png"}})
	tab.Until(`[...document.styleSheets].some(s => [...s.cssRules].some(r => r.cssText.includes('/static/inside.png?hotreload=')))`)

	// A name may have in it what means something in an address, or in a style.
	s.hub.Changed(browser.Change{Kind: browser.Image, Paths: []string{"web/static/50% (1)#.svg"}})
	const odd = `50%25%20(1)%23.svg?hotreload=`
	tab.Until(`[document.querySelector('#odd').src, document.querySelector('#odd').srcset, document.querySelector('b').style.background].every(s => s.includes('` + odd + `'))`)
	if got := tab.Text(`document.querySelector('#odd').srcset`); !strings.HasSuffix(got, " 1x, /static/other.svg 2x") {
		t.Errorf("the set became %s", got)
	}
}

// pages are what else a site has.
func (s *site) pages(mux *http.ServeMux, gen int) {
	html := func(path, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			s.loads.Add(1)
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, text)
		})
	}
	html("/framed", fmt.Sprintf(`<!doctype html><title>framed v%d</title><iframe src="/"></iframe>`, gen))
	html("/cached", fmt.Sprintf(`<!doctype html><title>cached v%d</title><script>
		sessionStorage.loads = 1 + (+sessionStorage.loads || 0);
		navigator.serviceWorker.register('/worker.js' + location.search, {scope: '/cached'})</script>`, gen))
	mux.HandleFunc("/worker.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		io.WriteString(w, serviceWorker)
	})
	html("/form", `<!doctype html><title>form</title><form method=post action=/send><input name=a></form>`)
	html("POST /send", fmt.Sprintf(`<!doctype html><title>sent %d</title>`, gen))
}
