package runner

import (
	"bytes"
	"fmt"
	"regexp"
	"sync"
)

// maxWatched is how much of a line is searched.
const maxWatched = 64 << 10

// lineWatch finds a line in what the app prints.
type lineWatch struct {
	pattern *regexp.Regexp
	found   chan struct{} // closed at the first
	once    sync.Once
}

func newLineWatch(pattern string) (*lineWatch, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("runner.ready: %w", err)
	}
	return &lineWatch{pattern: re, found: make(chan struct{})}, nil
}

// look returns a function that takes one stream, piece by piece.
func (w *lineWatch) look() func([]byte) {
	if w == nil {
		return nil
	}
	var line []byte
	return func(piece []byte) {
		for len(piece) > 0 {
			end := bytes.IndexByte(piece, '\n')
			part := piece[:max(end, 0)]
			if end < 0 {
				part = piece
			}
			line = append(line, part[:min(len(part), maxWatched-len(line))]...)
			if end < 0 {
				return
			}
			if w.pattern.Match(line) {
				w.once.Do(func() { close(w.found) })
			}
			line, piece = line[:0], piece[end+1:]
		}
	}
}
