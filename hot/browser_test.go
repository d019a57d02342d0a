package hot

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hotreload/internal/appsock/wire"
)

const (
	onePage  = "<!doctype html><html><head><title>x</title></head></html>"
	pageTag  = `<script async="" src="http://127.0.0.1:4000/.well-known/hotreload/client.js?v=1" data-mark="id.3" data-token="secret"></script>`
	withTag  = "<!doctype html><html><head>" + pageTag + "<title>x</title></head></html>"
	fragment = "<p>x"
)

func pagesEnv(t *testing.T) string {
	t.Helper()
	env, err := json.Marshal(wire.Pages{Src: "http://127.0.0.1:4000/.well-known/hotreload/client.js?v=1", Token: "secret", Mark: "id.3"})
	if err != nil {
		t.Fatal(err)
	}
	return string(env)
}

func TestBrowser(t *testing.T) {
	html := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) } // its type is found out
	}
	for _, c := range []struct {
		name, request string
		next          http.HandlerFunc
		want          string
	}{
		{"a page", "", html(onePage), withTag},
		{"a fragment", "", html(fragment), fragment},
		{"a fragment as a page", "Sec-Fetch-Dest: document", html(fragment), pageTag + fragment},
		{"for a script", "Sec-Fetch-Dest: empty", html(onePage), onePage},
		{"behind the proxy", "Hotreload-Script: 1", html(onePage), onePage},
		{"text", "", html("text"), "text"},
		{"in pieces", "", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.(http.Flusher).Flush()
			for _, b := range []byte(onePage) {
				w.Write([]byte{b})
			}
		}, withTag},
		{"with a length", "", func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "a.html", time.Time{}, strings.NewReader(onePage))
		}, withTag},
		{"compressed", "", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "br")
			io.WriteString(w, onePage)
		}, onePage},
		{"with a hint before it", "", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			io.WriteString(w, onePage)
		}, withTag},
		{"after a newline", "", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "\n") // which alone would be text
			io.WriteString(w, onePage)
		}, "\n" + withTag},
		{"of a status", "", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, onePage)
		}, withTag},
		{"long text", "", html(strings.Repeat("text ", 1000)), strings.Repeat("text ", 1000)},
		{"an unfinished page", "", html("<html><head"), "<html>" + pageTag + "<head"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(browser(pagesEnv(t), c.next))
			defer s.Close()
			r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			if name, value, ok := strings.Cut(c.request, ": "); ok {
				r.Header.Set(name, value)
			}
			res, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			got, err := io.ReadAll(res.Body)
			if err != nil || string(got) != c.want {
				t.Errorf("%v, got  %s\nwant %s", err, got, c.want)
			}
		})
	}
}

// Without hotreload it is the handler itself.
func TestBrowserIsInert(t *testing.T) {
	next := http.NewServeMux()
	for _, env := range []string{"", "nonsense", "{}"} {
		if browser(env, next) != http.Handler(next) {
			t.Errorf("with %q it is another handler", env)
		}
	}
}

// A policy gets the place of the script.
func TestBrowserPolicy(t *testing.T) {
	w := httptest.NewRecorder()
	browser(pagesEnv(t), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "connect-src 'none'")
		io.WriteString(w, onePage)
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Result().Header.Get("Content-Security-Policy"); got != "connect-src http://127.0.0.1:4000/.well-known/hotreload/" {
		t.Errorf("the policy is %q", got)
	}
}

// What goes around the script is as without hotreload: the type that the server finds out, what
// was set too late, an answer without a body, and the request that the server cleans up after.
func TestBrowserChangesNothingElse(t *testing.T) {
	for name, next := range map[string]http.HandlerFunc{
		"a type in pieces": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "")
			io.WriteString(w, "\n<")
			io.WriteString(w, "p>fragment")
		},
		"an error after the beginning": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<p>begun")
			http.Error(w, "failed", http.StatusInternalServerError)
		},
		"a header that is late": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "Later")
			w.WriteHeader(http.StatusAccepted)
			w.Header().Set("Late", "1")
			w.Header().Set("Later", "1")
			io.WriteString(w, "x")
		},
		"nothing":    func(w http.ResponseWriter, r *http.Request) {},
		"a status":   func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) },
		"no content": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"an empty type": func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, onePage)
		},
		"a flush": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "text")
			w.(http.Flusher).Flush()
			io.WriteString(w, "more")
		},
		"hijacked": func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
		},
		"what gin asks for": func(w http.ResponseWriter, r *http.Request) {
			if w.(interface{ CloseNotify() <-chan bool }).CloseNotify() == nil {
				t.Error("nothing tells that the client has gone")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := answerOf(t, browser(pagesEnv(t), next)), answerOf(t, next); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	r := httptest.NewRequest("GET", "/", nil)
	browser(pagesEnv(t), http.HandlerFunc(func(w http.ResponseWriter, inside *http.Request) {
		if inside != r {
			t.Error("the handler has a request that the server does not clean up after")
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
}

// answerOf is what a client gets from a handler, as one text.
func answerOf(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	res, err := s.Client().Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	res.Header.Del("Date")
	res.Header.Del("Cache-Control") // what is HTML may be a page
	return fmt.Sprintf("%s %v %v %d %q", res.Status, res.Header, res.Trailer, res.ContentLength, body)
}

// A file that may change once more within the second in which it changed last comes without
// that second: the browser would take what is saved next for the same.
func TestFreshFileIsAskedForAgain(t *testing.T) {
	last := time.Now().Add(time.Hour)
	s := httptest.NewServer(browser(pagesEnv(t), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("old") != "" {
			http.ServeContent(w, r, "a.css", last.Add(-2*time.Hour), strings.NewReader("p {}"))
			return
		}
		http.ServeContent(w, r, "a.css", last, strings.NewReader("p {}"))
	})))
	defer s.Close()
	for query, want := range map[string]bool{"": false, "?old=1": true} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Dest", "style")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if got := answer.Header.Get("Last-Modified") != ""; got != want || err != nil || string(body) != "p {}" || answer.ContentLength != 4 || answer.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%q: it has a Last-Modified: %t, want %t; %q of %d, %v; %v", query, got, want, body, answer.ContentLength, err, answer.Header)
		}
	}
}
