package proxy

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"sync"
	"testing"
	"testing/iotest"
)

// Each event of a stream arrives before the next is sent, and the head before
// the first.
func TestServerSentEvents(t *testing.T) {
	f := openProxy(t)
	next := make(chan struct{})
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(200)
		http.NewResponseController(w).Flush()
		for n := 0; ; n++ {
			select {
			case <-next:
			case <-r.Context().Done():
				return
			}
			fmt.Fprintf(w, "data: %d\n\n", n)
			http.NewResponseController(w).Flush()
		}
	})
	res := f.do(request(t, "GET", f.url, nil))
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	for n := range 100 {
		next <- struct{}{}
		want := fmt.Sprintf("data: %d\n", n)
		if got, err := lines.ReadString('\n'); err != nil || got != want {
			t.Fatalf("got %q and %v, want %q", got, err, want)
		}
		lines.ReadString('\n')
	}
}

// A response of known length may arrive drop by drop, too.
func TestSlowResponseOfKnownLength(t *testing.T) {
	f := openProxy(t)
	next := make(chan struct{})
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "3")
		w.WriteHeader(200)
		for _, piece := range "abc" {
			http.NewResponseController(w).Flush()
			<-next
			fmt.Fprintf(w, "%c", piece)
		}
	})
	res := f.do(request(t, "GET", f.url, nil)) // the head alone
	defer res.Body.Close()
	piece := make([]byte, 1)
	for _, want := range "abc" {
		next <- struct{}{}
		if _, err := io.ReadFull(res.Body, piece); err != nil || piece[0] != byte(want) {
			t.Fatalf("got %q and %v, want %c", piece, err, want)
		}
	}
}

const plenty = 50 << 20

// noise is a body that is cheap to make and hard to mistake for another.
func noise() io.Reader {
	block := make([]byte, 64<<10)
	for i := range block {
		block[i] = byte(i * i >> 7)
	}
	return io.LimitReader(&repeat{block: block}, plenty)
}

type repeat struct {
	block []byte
	at    int
}

func (r *repeat) Read(b []byte) (int, error) {
	n := copy(b, r.block[r.at:])
	r.at = (r.at + n) % len(r.block)
	return n, nil
}

func sum(r io.Reader) (string, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return fmt.Sprintf("%d %x", n, h.Sum(nil)), err
}

func TestBigDownload(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/known" {
			w.Header().Set("Content-Length", fmt.Sprint(plenty))
		}
		io.Copy(w, noise())
	})
	want, _ := sum(noise())
	for _, path := range []string{"/known", "/chunked"} {
		res := f.do(request(t, "GET", f.url+path, nil))
		got, err := sum(res.Body)
		res.Body.Close()
		if err != nil || got != want {
			t.Errorf("%s: got %s and %v, want %s", path, got, err, want)
		}
	}
}

func TestBigUpload(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := sum(r.Body)
		fmt.Fprint(w, r.ContentLength, " ", got, err)
	})
	hashed, _ := sum(noise())
	for _, length := range []int64{plenty, -1} {
		r := request(t, "PUT", f.url, noise())
		r.ContentLength = length
		if got, want := read(t, f.do(r)), fmt.Sprint(length, " ", hashed, "<nil>"); got != want {
			t.Errorf("the app got %s, want %s", got, want)
		}
	}
}

// An upload is not buffered: the app reads what has been sent so far.
func TestUploadIsNotBuffered(t *testing.T) {
	f := openProxy(t)
	arrived := make(chan byte)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		piece := make([]byte, 1)
		for {
			if _, err := io.ReadFull(r.Body, piece); err != nil {
				return
			}
			arrived <- piece[0]
		}
	})
	w := f.dial()
	w.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")
	for _, piece := range "abc" {
		w.say("%c", piece)
		if got := <-arrived; got != byte(piece) {
			t.Errorf("sent %c, the app got %c", piece, got)
		}
	}
	w.hear("POST")
}

// A multipart form behind a query, which a proxy that parses it would break.
func TestMultipartWithQuery(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		file, _, err := r.FormFile("file")
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		got, _ := sum(file)
		fmt.Fprint(w, r.URL.RawQuery, " ", r.FormValue("name"), " ", got)
	})
	body, write := io.Pipe()
	form := multipart.NewWriter(write)
	go func() {
		form.WriteField("name", "Ada")
		file, _ := form.CreateFormFile("file", "noise")
		io.Copy(file, io.LimitReader(noise(), 1<<20))
		write.CloseWithError(form.Close())
	}()
	r := request(t, "POST", f.url+"/upload?a=1&b=%2F", body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	hashed, _ := sum(io.LimitReader(noise(), 1<<20))
	if got, want := read(t, f.do(r)), "a=1&b=%2F Ada "+hashed; got != want {
		t.Errorf("the app got %q, want %q", got, want)
	}
}

// The response of an app that refuses an upload before reading it arrives.
func TestRefusedUpload(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	})
	w := f.dial()
	w.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", plenty)
	if res := w.hear("POST"); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %s, want 413", res.Status)
	}
}

// When the client goes away, the app's request ends.
func TestClientGoesAway(t *testing.T) {
	f := openProxy(t)
	entered, ended := make(chan struct{}), make(chan error, 1)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			_, err := io.Copy(io.Discard, r.Body)
			ended <- err
			return
		}
		close(entered)
		<-r.Context().Done()
		ended <- context.Cause(r.Context())
	})
	ctx, cancel := context.WithCancel(t.Context())
	gone := f.ask(ctx, "/")
	<-entered
	cancel()
	<-gone
	if err := <-ended; err == nil {
		t.Error("the app's request was not cancelled")
	}
	body := io.MultiReader(io.LimitReader(noise(), 1<<20), iotest.ErrReader(io.ErrClosedPipe))
	r := request(t, "POST", f.url, body)
	if _, err := f.client.Do(r); err == nil {
		t.Error("the client's own error is lost")
	}
	if err := <-ended; err == nil {
		t.Error("the app took half an upload for all of it")
	}
}

// A client that reads slowly makes the app wait, and no other client.
func TestSlowClient(t *testing.T) {
	f := openProxy(t)
	f.serveFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/big" {
			io.Copy(w, noise())
		}
	})
	slow := f.do(request(t, "GET", f.url+"/big", nil))
	defer slow.Body.Close()
	for range 20 {
		if status, _ := f.get("/other"); status != 200 {
			t.Fatalf("another client got %d", status)
		}
	}
	want, _ := sum(noise())
	if got, err := sum(slow.Body); err != nil || got != want {
		t.Errorf("got %s and %v, want %s", got, err, want)
	}
}

// A thousand connections may be idle for a while, and then all send at once.
func TestManyIdleClients(t *testing.T) {
	f := openProxy(t)
	f.serve(saying("app"))
	var wires []*wire
	for range 1000 {
		w := f.dial()
		w.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		read(t, w.hear("GET"))
		wires = append(wires, w)
	}
	var asking sync.WaitGroup
	for _, w := range wires {
		asking.Go(func() {
			fmt.Fprint(w, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			res, err := http.ReadResponse(w.r, nil)
			if err != nil || res.StatusCode != 200 {
				t.Errorf("a connection that was idle: %v", err)
				return
			}
			io.Copy(io.Discard, res.Body)
		})
	}
	asking.Wait()
}
