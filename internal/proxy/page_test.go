package proxy

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// browse requests a page as a browser does.
func (f *testProxy) browse(change func(*http.Request)) (*http.Response, string) {
	f.t.Helper()
	r := request(f.t, "GET", f.url+"/guests?page=2", nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if change != nil {
		change(r)
	}
	res := f.do(r)
	return res, read(f.t, res)
}

func keep(*http.Request) {}

var broken = Failure{
	What:    "The build failed",
	Details: "pages.go:3:1: syntax error: unexpected <script>alert(1)</script> & \x1b[31mred\x1b[0m",
}

// The page shows what failed, as text.
func TestFailurePage(t *testing.T) {
	f := openProxy(t)
	f.Fail(broken)
	res, body := f.browse(keep)
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s, header %v", res.Status, res.Header)
	}
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "\x1b") {
		t.Error("what the compiler said is not escaped")
	}
	if text := html.UnescapeString(body); !strings.Contains(text, "<h1>The build failed</h1>") ||
		!strings.Contains(text, "syntax error: unexpected <script>alert(1)</script> & red") {
		t.Errorf("the page does not say what failed:\n%s", body)
	}
	// Its own script and style run, and nothing that came in with the text.
	nonce := regexp.MustCompile(`script-src 'nonce-(\w+)'`).FindStringSubmatch(res.Header.Get("Content-Security-Policy"))
	if nonce == nil || strings.Count(body, `nonce="`+nonce[1]+`"`) != 2 {
		t.Errorf("the policy %q does not go with the page:\n%s", res.Header.Get("Content-Security-Policy"), body)
	}
}

// Other programs get plain text, and a status that says to retry.
func TestFailureAsPlainText(t *testing.T) {
	f := openProxy(t)
	f.Fail(broken)
	res, body := f.browse(func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("%s, header %v", res.Status, res.Header)
	}
	if !strings.Contains(body, "The build failed") || !strings.Contains(body, "pages.go:3:1") || strings.ContainsRune(body, 0x1b) {
		t.Errorf("body %q", body)
	}
}

// Waiting requests are answered with the failure; those after the fix are served.
func TestFailureAnswersWaitingRequests(t *testing.T) {
	f := openProxy(t)
	held := f.ask(t.Context(), "/")
	f.Fail(broken)
	if a := <-held; a.status != 503 {
		t.Errorf("the held request got %d, %v", a.status, a.err)
	}
	f.serve(saying("fixed"))
	if status, body := f.get("/"); status != 200 || body != "fixed" {
		t.Errorf("after the fix: %d %q", status, body)
	}
}

var marked = regexp.MustCompile(`answer\.text\(\) !== "([^"]+)"`)

// state returns what the page's script polls.
func (f *testProxy) state() string {
	f.t.Helper()
	status, body := f.get(statePath)
	if status != 200 {
		f.t.Fatalf("%s: %d %q", statePath, status, body)
	}
	return body
}

// The page reloads when there is something else to see: another failure, or a
// version that serves. It does not while a version is awaited.
func TestPageKnowsWhenToReload(t *testing.T) {
	f := openProxy(t)
	f.Fail(broken)
	_, body := f.browse(keep)
	mark := marked.FindStringSubmatch(body)
	if mark == nil || !strings.Contains(body, `fetch("`+statePath+`"`) {
		t.Fatalf("the page does not ask for the state:\n%s", body)
	}
	if got := f.state(); got != mark[1] {
		t.Errorf("the page takes %q for its mark, the state is %q", mark[1], got)
	}
	f.Hold()
	if got := f.state(); got != mark[1] {
		t.Error("the page would be loaded again while nothing serves")
	}
	f.Fail(Failure{What: "The build failed otherwise"})
	other := f.state()
	if other == mark[1] {
		t.Error("the page would keep showing the former failure")
	}
	f.serve(saying("fixed"))
	if got := f.state(); got == other || got == mark[1] {
		t.Error("the page would stay after the fix")
	}
}

// A form that could not be handled is not sent again by reloading.
func TestFailedPostIsNotReloaded(t *testing.T) {
	f := openProxy(t)
	f.Fail(broken)
	res, body := f.browse(func(r *http.Request) { r.Method = "POST" })
	if res.StatusCode != 503 || strings.Contains(body, "<script") || !strings.Contains(body, "Go back") {
		t.Errorf("%s:\n%s", res.Status, body)
	}
}

// Other sites' pages learn nothing, neither by a cross-origin request nor by a host
// name of their own that resolves to this machine.
func TestOtherOriginsLearnNothing(t *testing.T) {
	f := openProxy(t)
	f.Fail(broken)
	_, port, _ := strings.Cut(f.address(), ":")
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		may    bool
	}{
		{"a tool", keep, true},
		{"our page", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Origin", f.url)
		}, true},
		{"by localhost", func(r *http.Request) { r.Host = "localhost:" + port }, true},
		{"by IPv6", func(r *http.Request) { r.Host = "[::1]:" + port }, true},
		{"by a name of the hosts file", func(r *http.Request) { r.Host = "shop.test:" + port }, true},
		{"across sites", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, false},
		{"same site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, false},
		{"another origin", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, false},
		{"another port", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, false},
		{"an opaque origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, false},
		{"a rebound name", func(r *http.Request) { r.Host = "evil.example:" + port }, false},
		{"a name that looks like ours", func(r *http.Request) { r.Host = "localhost.evil.example:" + port }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(t, "GET", f.url+statePath, nil)
			c.change(r)
			res := f.do(r)
			read(t, res)
			if want := map[bool]int{true: 200, false: 403}[c.may]; res.StatusCode != want {
				t.Errorf("got %s, want %d", res.Status, want)
			}
			if h := res.Header.Get("Access-Control-Allow-Origin"); h != "" {
				t.Errorf("Access-Control-Allow-Origin is %q", h)
			}
		})
	}
	res, body := f.browse(func(r *http.Request) { r.Host = "evil.example:" + port })
	if strings.Contains(body, "syntax error") {
		t.Error("a page with a name that leads here reads what the compiler said")
	}
	if res.Header.Get("Refresh") == "" || strings.Contains(body, "<script") {
		t.Errorf("a page that may not ask is not loaded again: header %v", res.Header)
	}
}

// The proxy's own paths accept no commands, and the app does not see them.
func TestReservedPaths(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("the app was asked for %s", r.URL) })
	for path, want := range map[string]int{statePath: 405, controlPrefix + "else": 404} {
		res := f.do(request(t, "POST", f.url+path, nil))
		read(t, res)
		if res.StatusCode != want {
			t.Errorf("POST %s: %s, want %d", path, res.Status, want)
		}
	}
}

// The version refuses connections, and the runner has not said why.
func TestNothingListens(t *testing.T) {
	f := openProxy(t)
	app := f.serve(saying("app"))
	app.Close()
	res, body := f.browse(keep)
	if res.StatusCode != 502 || res.Header.Get("Refresh") == "" || !strings.Contains(body, app.Listener.Addr().String()) {
		t.Errorf("%s, header %v:\n%s", res.Status, res.Header, body)
	}
}
