package proxy

import (
	"net/http"
	"net/http/httputil"
	"strings"
)

// brief does what forward does, for a request that is but a head, as most are.
// Together with quick connections it takes a third less time than ReverseProxy,
// which has to be ready for all the others.
func (p *Proxy) brief(w http.ResponseWriter, r *http.Request, q *quick, v *visit) {
	out := r.Clone(r.Context())
	out.Body, out.Close = nil, false
	dropHopByHop(out.Header)
	if te := strings.Join(r.Header["Te"], ","); strings.Contains(strings.ToLower(te), "trailers") {
		out.Header.Set("Te", "trailers")
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		delete(out.Header, name)
	}
	if _, ok := out.Header["User-Agent"]; !ok {
		out.Header.Set("User-Agent", "") // or net/http names itself
	}
	rewrite(&httputil.ProxyRequest{In: r, Out: out}, v.target)

	res, err := q.send(out, func(status int, h http.Header) {
		copyHeader(w.Header(), h)
		w.WriteHeader(status)
		clear(w.Header())
	})
	if err != nil {
		p.unanswered(w, r, err)
		return
	}
	if isStream(res) {
		v.stream()
	}
	dropHopByHop(res.Header)
	addNothing(w.Header(), res.Header)
	copyHeader(w.Header(), res.Header)
	announced := len(res.Trailer)
	for name := range res.Trailer {
		w.Header().Add("Trailer", name)
	}
	w.WriteHeader(res.StatusCode)
	buffer := p.buffers.Get()
	defer p.buffers.Put(buffer)
	if err := q.pass(&moving{w, v}, res, buffer); err != nil {
		panic(http.ErrAbortHandler) // so that it is seen to be cut
	}
	if len(res.Trailer) == 0 {
		return
	}
	http.NewResponseController(w).Flush() // a response with a length has none
	for name, values := range res.Trailer {
		if len(res.Trailer) != announced {
			name = http.TrailerPrefix + name
		}
		w.Header()[name] = values
	}
}

// dropHopByHop removes what concerns one connection alone.
func dropHopByHop(h http.Header) {
	for _, names := range h["Connection"] {
		for name := range strings.SplitSeq(names, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{
		"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade",
	} {
		delete(h, name)
	}
}

func copyHeader(to, from http.Header) {
	for name, values := range from {
		to[name] = append(to[name], values...)
	}
}
