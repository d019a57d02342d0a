package proxy

import (
	"testing"

	"hotreload/internal/proxy/browser"
)

// serviceWorker answers requests for pages from its cache, or from the app as long as that answers.
const serviceWorker = `
	addEventListener('activate', e => e.waitUntil(clients.claim()));
	addEventListener('fetch', e => {
		if (e.request.mode !== 'navigate') return;
		const ask = async () => {
			const cache = await caches.open('pages'), known = await cache.match(e.request);
			if (known && location.search !== '?fresh') return known;
			const answer = await fetch(e.request);
			await cache.put(e.request, answer.clone());
			return answer;
		};
		e.respondWith(ask());
	});`

// A page that a service worker answers from its cache is the same after it was loaded again: it
// says so, and is not loaded again and again. Where the worker asks the app first, pages follow.
func TestPageFromAServiceWorker(t *testing.T) {
	for _, how := range []string{"?cached", "?fresh"} {
		t.Run(how, func(t *testing.T) {
			s := openSite(t)
			tab := theBrowser.Tab(t)
			tab.Open(s.url + "/cached" + how)
			waitFor(t, s.hub)
			tab.Until(`navigator.serviceWorker.controller`)
			tab.Open(s.url + "/cached" + how) // into the cache
			s.version(2)
			if how == "?fresh" {
				tab.Until(`document.title === 'cached v2'`)
				return
			}
			tab.Until(problemText + `.includes('out of date')`)
			if got := tab.Text(`document.title + ' ' + sessionStorage.loads`); got != "cached v1 3" {
				t.Errorf("the page is %q, want the old one, loaded once more", got)
			}
			s.hub.Changed(browser.Change{Kind: browser.Page, Paths: []string{"static/x.js"}})
			tab.Until(`sessionStorage.loads === '4' && ` + problemText + `.includes('out of date')`)
		})
	}
}

// A page that the browser has kept to go back to catches up.
func TestGoingBack(t *testing.T) {
	s := openSite(t)
	tab := theBrowser.Tab(t)
	tab.Open(s.url)
	waitFor(t, s.hub)
	tab.Text(`addEventListener('pageshow', e => { sessionStorage.kept = e.persisted })`)
	tab.Open(s.url + "/form")
	s.version(2)
	tab.Text(`void setTimeout(() => history.back())`)
	tab.Until(`document.title === 'v2'`)
	t.Logf("kept: %s", tab.Text(`sessionStorage.kept`))
	s.version(3)
	tab.Until(`document.title === 'v3'`)
}

// A policy that stands in the page itself, and not in its head, is not changed. Under one that
// lets the page connect to its own origin, it follows.
func TestPolicyInThePage(t *testing.T) {
	s := openSite(t)
	s.head.Store(`<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'nonce-abc'; style-src 'self'">`)
	tab := theBrowser.Tab(t)
	tab.Open(s.url)
	waitFor(t, s.hub)
	s.version(2)
	tab.Until(`document.title === 'v2'`)
}
