package browser

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
)

// The paths below Prefix.
const (
	clientFile = Prefix + "client.js" // GET: the script
	eventsPath = Prefix + "events"    // GET: the state, whenever it changes, as server-sent events
	nowPath    = Prefix + "now"       // GET: the state, once
	donePath   = Prefix + "done"      // POST: a page has caught up with seq
	openPath   = Prefix + "open"      // POST: open the editor at a place of problem
)

// Handler answers the paths below Prefix.
func (h *Hub) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+eventsPath, h.serveEvents)
	mux.HandleFunc("GET "+nowPath, h.serveNow)
	mux.HandleFunc("POST "+donePath, h.serveDone)
	mux.HandleFunc("POST "+openPath, h.serveOpen)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.URL.Path == clientFile {
			serveClient(w, r) // it has nothing in it that is not for everyone
			return
		}
		if h.access(r) == nothing {
			http.Error(w, "hotreload: only pages of this app may ask this", http.StatusForbidden)
			return
		}
		if origin := r.Header.Get("Origin"); h.alone && origin != "" {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Vary", "Origin")
		}
		mux.ServeHTTP(w, r)
	})
}

// visible is the state as a request may see it.
func (h *Hub) visible(r *http.Request) (state, <-chan struct{}, bool) {
	s, other, over := h.now()
	if h.access(r) != all {
		s = s.withoutSource()
	}
	return s, other, over
}

func (h *Hub) serveNow(w http.ResponseWriter, r *http.Request) {
	s, _, _ := h.visible(r)
	w.Header().Set("Content-Type", "application/json")
	w.Write(encode(s))
}

// serveEvents tells the state until the browser hangs up or the hub is closed. What changes
// while a slow browser takes one state in becomes part of the next.
func (h *Hub) serveEvents(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	who := host + " " + r.UserAgent()
	io.WriteString(w, "retry: 500\n")
	for first := true; ; first = false {
		s, other, over := h.visible(r)
		if over {
			return
		}
		fmt.Fprintf(w, "data: %s\n\n", encode(s))
		if out.Flush() != nil {
			return
		}
		if first { // whatever happens once it is known to be there, it hears of later
			h.join(who, nameOf(r.UserAgent()))
			defer h.part(who)
		}
		select {
		case <-other:
		case <-r.Context().Done():
			return
		}
	}
}

// serveDone takes what a page says that it has done.
func (h *Hub) serveDone(w http.ResponseWriter, r *http.Request) {
	seq, err := strconv.Atoi(r.URL.Query().Get("seq"))
	if err != nil {
		http.Error(w, "hotreload: seq is not a number", http.StatusBadRequest)
		return
	}
	h.done(seq)
	w.WriteHeader(http.StatusNoContent)
}

// serveOpen opens the editor at a place that pages show, and at no other.
func (h *Hub) serveOpen(w http.ResponseWriter, r *http.Request) {
	if h.access(r) != all {
		http.Error(w, "hotreload: only pages of this session may ask this; reload the page", http.StatusForbidden)
		return
	}
	s, _, _ := h.now()
	q := r.URL.Query()
	n, err := strconv.Atoi(q.Get("place"))
	if err != nil || s.Problem == nil || s.Problem.ID != q.Get("problem") || n < 0 || n >= len(s.Problem.places) {
		http.Error(w, "hotreload: this problem is gone", http.StatusGone)
		return
	}
	if h.options.Open == nil {
		http.Error(w, "hotreload: no editor can be opened from a page", http.StatusNotImplemented)
		return
	}
	if err := h.options.Open(s.Problem.places[n]); err != nil {
		http.Error(w, fmt.Sprintf("hotreload: open %s in the editor: %v", s.Problem.places[n].File, err), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// encode writes a state as one line of JSON.
func encode(s state) []byte {
	line, err := json.Marshal(s)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	return line
}
