//go:build unix

package hot

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"
)

// Progress postpones the end. Without progress requests have the usual time, and none
// has more than the longest time.
func TestPatience(t *testing.T) {
	began := time.Unix(0, 0)
	for _, c := range []struct {
		name   string
		atMost time.Duration
		moved  string // what each second brings: + something has moved, - nothing
		ends   time.Duration
	}{
		{"nothing moves", 20 * time.Second, "----------", 5 * time.Second},
		{"no newer version serves", 0, "++++++++++", 5 * time.Second},
		{"it moves and stops", 20 * time.Second, "+++-------", 8 * time.Second},
		{"it moves now and then", 20 * time.Second, "---+---+---------", 13 * time.Second},
		{"it moves for ever", 20 * time.Second, "+++++++++++++++++++++++", 20 * time.Second},
	} {
		told := 0
		p := newPatience(began, 5*time.Second, c.atMost, func() { told++ })
		var ended time.Duration
		for i, moved := range c.moved {
			at := time.Duration(i+1) * time.Second
			if p.ended(began.Add(at), moved == '+') {
				ended = at
				break
			}
		}
		if ended != c.ends || p.had() != c.ends {
			t.Errorf("%s: it ended after %v and says %v, want %v", c.name, ended, p.had(), c.ends)
		}
		if (told > 0) != (c.ends > 5*time.Second) {
			t.Errorf("%s: hotreload was told %d times", c.name, told)
		}
	}
}

// Hotreload hears that requests get on.
func TestProgressIsTold(t *testing.T) {
	a, desk := testDesk(t)
	a.draining.begin(time.Hour, 2*time.Hour)
	for p := a.patience(); !desk.MadeProgress(); runtime.Gosched() {
		p.ended(time.Now(), true)
	}
}

// Handlers find what net/http offers them although their progress is looked at; streams of
// events make none; the files of a form are removed.
func TestProgress(t *testing.T) {
	a, desk := testDesk(t)
	l := listener(t, a)
	server := &http.Server{}
	files := make(chan string, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, hijacks := w.(http.Hijacker)
		_, flushes := w.(http.Flusher)
		if _, notifies := w.(interface{ CloseNotify() <-chan bool }); !hijacks || !flushes || !notifies {
			t.Errorf("the response %T lacks what net/http's have", w)
		}
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			t.Errorf("a controller cannot reach net/http's response: %v", err)
		}
		if err := r.ParseMultipartForm(1); err != nil {
			t.Error(err)
			return
		}
		f, err := r.MultipartForm.File["file"][0].Open()
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		files <- f.(*os.File).Name()
		_, _ = io.WriteString(w, "taken")
	})
	server.Handler = mux
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- a.serve(ctx, server, l) }()
	go desk.Go(context.Background(), <-desk.Asked(), nil)

	body, client := io.Pipe()
	form := multipart.NewWriter(client)
	go func() {
		part, _ := form.CreateFormFile("file", "a.txt")
		_, _ = part.Write(make([]byte, 11<<20))
		form.Close()
		client.Close()
	}()
	response, err := http.Post("http://"+l.Addr().String(), form.FormDataContentType(), body)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(response.Body)
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if string(text) != "taken" {
		t.Errorf("the answer is %q", text)
	}
	cancel()
	if err := <-result; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if name := <-files; name != "" {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s is left", name)
		}
	}
}

// Only what is not a stream makes progress.
func TestWritesThatCount(t *testing.T) {
	for kind, counts := range map[string]bool{"text/plain": true, "": true, "text/event-stream; charset=utf-8": false} {
		p := progress{poke: func() {}}
		r := &request{of: &p}
		w := discard{http.Header{"Content-Type": {kind}}}
		if _, err := r.write(w, []byte("data: 1\n\n")); err != nil {
			t.Fatal(err)
		}
		if p.moved() != counts {
			t.Errorf("of type %q: it makes progress is %t, want %t", kind, !counts, counts)
		}
	}
}

// discard is a response that is not read.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
