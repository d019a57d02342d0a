package proxy

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"hotreload/internal/pagescript"
	"hotreload/internal/proxy/browser"
)

// injection is what becomes of one request whose answer may be a page: it gets the script
// by which pages reload.
type injection struct {
	hub  *browser.Hub
	want pagescript.Want
	r    *http.Request
	mark string // what the page will remember
	at   time.Time
}

// injection returns what becomes of a request to a version. It is called before the request
// is sent: a page shows what there was then, or something newer.
func (p *Proxy) injection(r *http.Request, v *version) injection {
	i := injection{hub: p.hub, r: r, at: time.Now()}
	if p.hub != nil && browser.Trusted(r.Host, p.config.Listen) {
		i.want, i.mark = pagescript.Of(r), p.hub.Mark(v.gen)
	}
	return i
}

// prepare has the app answer in a way that leaves room for the script.
func (i injection) prepare(out *http.Request) { pagescript.Prepare(out.Header, i.want) }

// apply puts the script into a response that is a page.
func (i injection) apply(res *http.Response) {
	if i.hub != nil {
		pagescript.Recheck(i.r, res.Header)
		pagescript.Forget(res.Header, i.at)
	}
	if i.want == pagescript.Never || !pagescript.Fits(res.StatusCode, res.Header) {
		return
	}
	body, ok := decoded(res)
	if !ok {
		return
	}
	res.Header.Del("Content-Encoding")
	pagescript.Adjust(res.Header)
	nonce := pagescript.Allow(res.Header, source(i.r.Host), rand.Text())
	if i.r.Method == http.MethodHead {
		return
	}
	tag := i.hub.Script(i.mark, nonce, i.r.Method).Tag()
	res.Body = pagescript.NewReader(body, pagescript.NewInserter(tag, pagescript.Anywhere(i.want, res.Header)))
	res.ContentLength = -1
}

// source names the paths of the hub in a content security policy, which has no way to name
// an address of IPv6.
func source(host string) string {
	if strings.HasPrefix(host, "[") {
		return "'self'"
	}
	return host + browser.Prefix
}
