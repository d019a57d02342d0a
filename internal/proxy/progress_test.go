package proxy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"
)

// Whoever is about to end the previous version sees that an upload to it makes progress, and that
// a stalled one does not. Data on a stream is not a reason to wait.
func TestLeavingMakesProgress(t *testing.T) {
	f := openProxy(t)
	heard, speak := make(chan byte), make(chan struct{})
	app := http.NewServeMux()
	app.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		for b := make([]byte, 1); ; {
			if _, err := io.ReadFull(r.Body, b); err != nil {
				break
			}
			heard <- b[0]
		}
		io.WriteString(w, "done")
	})
	app.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: 1\n\n")
		w.(http.Flusher).Flush()
		<-speak
		io.WriteString(w, "data: 2\n\n")
	})
	f.serve(app)
	body, client := io.Pipe()
	answer := make(chan *http.Response)
	go func() { answer <- f.do(request(t, "POST", f.url+"/upload", body)) }()
	client.Write([]byte("a"))
	<-heard
	events := f.do(request(t, "GET", f.url+"/events", nil))
	io.ReadFull(events.Body, make([]byte, len("data: 1\n\n")))

	next := httptest.NewServer(saying("new"))
	t.Cleanup(next.Close)
	leaving, err := f.Switch(next.Listener.Addr().String(), 1)
	if err != nil {
		t.Fatal(err)
	}
	close(speak)
	if text := read(t, events); text != "data: 2\n\n" {
		t.Errorf("the stream goes on with %q", text)
	}
	if leaving.MadeProgress() {
		t.Error("a stream counts as a request that makes progress")
	}
	client.Write([]byte("b"))
	<-heard
	if !leaving.MadeProgress() {
		t.Error("the upload's progress is not seen")
	}
	if leaving.MadeProgress() {
		t.Error("the upload makes progress although nothing more came")
	}
	client.Close()
	if text := read(t, <-answer); text != "done" {
		t.Errorf("the upload is answered with %q", text)
	}
	<-leaving.Idle
}

// A slow client does not look like a stalled app.
func TestSlowClientMakesProgress(t *testing.T) {
	taken := make(chan struct{})
	m := &moving{slowly{httptest.NewRecorder(), taken}, &visit{to: &version{}}}
	go m.Write([]byte("much"))
	for m.visit.to.progress.writing.Load() == 0 {
		runtime.Gosched()
	}
	for range 3 {
		if !m.visit.to.progress.moved() {
			t.Error("a write that waits for the client does not count")
		}
	}
	close(taken)
}

// slowly is a response whose client reads when it likes.
type slowly struct {
	http.ResponseWriter
	taken chan struct{}
}

func (s slowly) Write(b []byte) (int, error) {
	<-s.taken
	return len(b), nil
}

// statuses records the statuses that are written.
type statuses struct {
	http.ResponseWriter
	written []int
}

func (s *statuses) WriteHeader(status int) { s.written = append(s.written, status) }

// The server sends 100 Continue itself, when the body is read; the app's own is a second one.
func TestContinueIsNotForwarded(t *testing.T) {
	var client statuses
	w := &moving{ResponseWriter: &client}
	for _, status := range []int{http.StatusContinue, http.StatusEarlyHints, http.StatusOK} {
		w.WriteHeader(status)
	}
	if want := []int{http.StatusEarlyHints, http.StatusOK}; !slices.Equal(client.written, want) {
		t.Errorf("the client got %v, want %v", client.written, want)
	}
}
