package runner

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
)

// lineWatch finds a line in what the app prints.
type lineWatch struct {
	pattern *regexp.Regexp
	found   chan struct{} // closed at the first one
	once    sync.Once
	last    atomic.Pointer[string] // line that did not match
}

func newLineWatch(pattern string) (*lineWatch, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("runner.ready: %w", err)
	}
	return &lineWatch{pattern: re, found: make(chan struct{})}, nil
}

// look looks at lines. Of no watch, it does nothing.
func (w *lineWatch) look(lines []string) {
	if w == nil {
		return
	}
	for _, line := range lines {
		if w.pattern.MatchString(line) {
			w.once.Do(func() { close(w.found) })
		} else if strings.TrimSpace(line) != "" {
			w.last.Store(&line)
		}
	}
}
