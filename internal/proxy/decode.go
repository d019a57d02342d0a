package proxy

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// decoded returns the body of a response without its content encoding, and false if the
// encoding is not known. Browsers are answered over the loopback interface as a rule, where
// to compress again would only take time.
func decoded(res *http.Response) (io.ReadCloser, bool) {
	body := res.Body
	switch strings.ToLower(strings.Join(res.Header["Content-Encoding"], ",")) {
	case "", "identity":
		return body, true
	case "gzip", "x-gzip":
		return &lazy{body: body, open: func() (io.Reader, error) { return gzip.NewReader(body) }}, true
	case "br":
		return &lazy{body: body, open: func() (io.Reader, error) { return brotli.NewReader(body), nil }}, true
	case "zstd":
		return &lazy{body: body, open: func() (io.Reader, error) {
			// Decoded in the reading goroutine alone: as it comes, and with nothing to close.
			return zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		}}, true
	}
	return nil, false
}

// lazy is a body that is decoded from the first read on: to begin is to wait for the app.
type lazy struct {
	body    io.ReadCloser
	open    func() (io.Reader, error)
	decoder io.Reader
}

func (l *lazy) Read(into []byte) (int, error) {
	if l.decoder == nil {
		var err error
		if l.decoder, err = l.open(); err != nil {
			return 0, err
		}
	}
	return l.decoder.Read(into)
}

func (l *lazy) Close() error { return l.body.Close() }
