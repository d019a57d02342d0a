package proxy

import (
	"errors"
	"net/http"
	"time"
)

const (
	// connectTimeout is how long a request waits for a version that refuses connections.
	// A version that has just crashed is such a one, until the runner says so.
	connectTimeout = 2 * time.Second
	// connectPause lies between two attempts.
	connectPause = 50 * time.Millisecond
)

// answer sends the request to the app, or says why it cannot.
func (p *Proxy) answer(w http.ResponseWriter, r *http.Request) {
	var giveUp <-chan time.Time
	for {
		s, err := p.claim(r.Context())
		if err != nil {
			// There is no reader for an answer: the client has gone, or the proxy is closing.
			panic(http.ErrAbortHandler)
		}
		if s.failure != nil {
			p.page(w, r, page{Failure: *s.failure, Mark: s.mark, Status: http.StatusServiceUnavailable})
			return
		}
		err = p.send(w, r, s.version)
		if err == nil {
			return
		}
		// Nothing has been sent yet, so the request may wait.
		if giveUp == nil {
			timer := time.NewTimer(connectTimeout)
			defer timer.Stop()
			giveUp = timer.C
		}
		select {
		case <-s.over:
		case <-time.After(connectPause):
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-giveUp:
			p.page(w, r, unreachable(s, err))
			return
		}
	}
}

// send sends the request to the version and its response to the client. An
// error means that nothing was sent.
func (p *Proxy) send(w http.ResponseWriter, r *http.Request, v *version) error {
	visit := &visit{to: v}
	defer visit.leave()
	pool := v.poolFor(r)
	c, err := pool.get(r.Context())
	if err != nil {
		return err
	}
	defer pool.put(c)
	p.forward(w, r, c, visit)
	return nil
}

// unreachable says that the app runs, as far as is known, and refuses connections.
func unreachable(s *situation, err error) page {
	var cause interface{ Unwrap() error }
	if errors.As(err, &cause) {
		err = cause.Unwrap()
	}
	return page{
		Failure: Failure{
			What:    "Nothing listens on " + s.version.target.address,
			Details: "The app should: " + err.Error() + ".\nIt may still be starting. If it listens elsewhere, set proxy.target.",
		},
		Mark:   s.mark,
		Status: http.StatusBadGateway,
		Again:  true,
	}
}
