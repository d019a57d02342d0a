package hotplug

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// answering is a handler that says who it is, and does what the path asks for.
type answering struct{ name string }

func (a *answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/panic":
		panic(http.ErrAbortHandler)
	case "/stream":
		<-r.Context().Done()
	}
	_, _ = io.WriteString(w, a.name)
}

func answer(h http.Handler, path string) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Body.String()
}

// A request keeps its version. One that would go on for ever is told when a newer
// version waits for it.
func TestHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := plugged[http.Handler](t, files{
			"one.so": func() http.Handler { return &answering{"one"} },
			"two.so": func() http.Handler { return &taking{answering{"two"}} },
		})
		h := HTTP(s)
		stream := make(chan string)
		go func() { stream <- answer(h, "/stream") }()
		synctest.Wait()
		began := time.Now()
		loaded := make(chan error)
		go func() {
			_, err := s.load(load("two.so"))
			loaded <- err
		}()
		synctest.Wait()
		late := make(chan string)
		go func() { late <- answer(h, "/") }()
		if got := <-stream; got != "one" || time.Since(began) != time.Second/2 {
			t.Errorf("the stream of version %s ended after %v, want one after 500ms", got, time.Since(began))
		}
		if err := <-loaded; err != nil {
			t.Error(err)
		}
		if got := <-late; got != "two" {
			t.Errorf("who came meanwhile is answered by version %s", got)
		}
	})
}

// taking keeps its name.
type taking struct{ answering }

func (*taking) Import(any) error { return nil }

// A handler that panics has left, and its panic is net/http's to deal with.
func TestHTTPPanic(t *testing.T) {
	s := plugged[http.Handler](t, files{
		"one.so": func() http.Handler { return &answering{"one"} },
		"two.so": func() http.Handler { return &taking{answering{"two"}} },
	})
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("the panic is lost")
			}
		}()
		answer(HTTP(s), "/panic")
	}()
	if _, err := s.load(load("two.so")); err != nil {
		t.Error(err)
	}
}

// Who goes away while state moves is not answered.
func TestHTTPClientLeaves(t *testing.T) {
	s := plugged[http.Handler](t, files{"one.so": func() http.Handler { return &answering{"one"} }})
	s.moving.Store(new(chan struct{}))
	s.now.Load().shut()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	HTTP(s).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	if w.Body.Len() > 0 {
		t.Errorf("it got %q", w.Body)
	}
}
