package browser

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"sync"

	"hotreload/internal/pagescript"
)

//go:embed client.js
var clientSource string

// client is the script as it is sent: without what is there for readers.
var client = sync.OnceValue(func() string { return withoutComments(clientSource) })

// clientPath is its address. It differs for each version of it, for browsers keep it.
var clientPath = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(client()))
	return clientFile + "?v=" + hex.EncodeToString(sum[:6])
})

// withoutComments leaves out the indentation and the lines that are comments.
func withoutComments(source string) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// Script is what pages get: a mark of Mark, and the nonce of their policy, or "". A page
// that answers another method than GET must not be loaded again unasked.
func (h *Hub) Script(mark, nonce, method string) pagescript.Script {
	s := pagescript.Script{Src: clientPath(), Nonce: nonce, Attributes: [][2]string{{"data-mark", mark}, {"data-token", h.token}}}
	if method != http.MethodGet {
		s.Attributes = append(s.Attributes, [2]string{"data-method", method})
	}
	return s
}

// packed is the script in gzip, as all browsers take it.
var packed = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	io.WriteString(w, client())
	w.Close()
	return b.Bytes()
})

// serveClient sends the script.
func serveClient(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Vary", "Accept-Encoding")
	// Without a proxy it is of another origin, from which pages may demand this (COEP).
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	if r.URL.RequestURI() == clientPath() {
		w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed())
		return
	}
	io.WriteString(w, client())
}
