// Package book keeps what guests wrote.
package book

import (
	"slices"
	"sync"
	"time"
)

// Entry is what one guest wrote.
type Entry struct {
	Name string    `json:"name"`
	Text string    `json:"text"`
	Time time.Time `json:"time"`
}

// Book holds entries. Its methods may be called from any goroutine.
type Book struct {
	mu      sync.Mutex
	entries []Entry
}

// New returns a book with a first entry.
func New() *Book {
	return &Book{entries: []Entry{{Name: "the house", Text: "Welcome!", Time: time.Now()}}}
}

// Add puts an entry on top.
func (b *Book) Add(e Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append([]Entry{e}, b.entries...)
}

// Entries returns all entries, the newest first.
func (b *Book) Entries() []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.entries)
}
