package proxy

import (
	"errors"
	"net/http"
	"time"
)

const (
	// reachPatience is how long a request waits for a version that does not let
	// itself be connected to. A version that has just crashed is one for the
	// moment until the runner says so.
	reachPatience = 2 * time.Second
	// reachAgain lies between two attempts at it.
	reachAgain = 50 * time.Millisecond
)

// answer brings the request to the app, or says why not.
func (p *Proxy) answer(w http.ResponseWriter, r *http.Request) {
	var giveUp <-chan time.Time
	for {
		s, err := p.claim(r.Context())
		if err != nil {
			// Nobody reads the answer: the client has gone, or we are closing.
			panic(http.ErrAbortHandler)
		}
		if s.failure != nil {
			p.page(w, r, page{Failure: *s.failure, Mark: s.mark, Status: http.StatusServiceUnavailable})
			return
		}
		err = p.bring(w, r, s.version)
		if err == nil {
			return
		}
		// Nothing has been sent so far, so it may wait.
		if giveUp == nil {
			timer := time.NewTimer(reachPatience)
			defer timer.Stop()
			giveUp = timer.C
		}
		select {
		case <-s.over:
		case <-time.After(reachAgain):
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-giveUp:
			p.page(w, r, unreachable(s, err))
			return
		}
	}
}

// bring sends the request to the version and its response to the client. An
// error means that nothing was sent.
func (p *Proxy) bring(w http.ResponseWriter, r *http.Request, v *version) error {
	visit := &visit{version: v}
	defer visit.leave()
	c, err := v.laneOf(r).take(r.Context())
	if err != nil {
		return err
	}
	defer c.giveBack()
	switch c := c.connection.(type) {
	case *quick:
		p.brief(w, r, c, visit)
	case full:
		p.forward(w, r, c, visit)
	}
	return nil
}

// unreachable says that the app runs, as far as anybody knows, and cannot be
// connected to.
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
