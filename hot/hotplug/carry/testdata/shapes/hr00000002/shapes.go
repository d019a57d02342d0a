// Package shapes is the second of two versions of a package, as hotreload builds them.
package shapes

import (
	"container/list"
	"context"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

type Shape interface{ Area() float64 }

type Circle struct{ R float64 }

func (c *Circle) Area() float64 { return c.R * c.R * 3 }

type Square struct{ side int64 }

func (s Square) Area() float64 { return float64(s.side * s.side) }

type Node struct {
	Name   string
	Colour string
	Next   *Node
	Up     *Board
}

type Board struct {
	mu     sync.Mutex
	Hits   int64
	Views  atomic.Int64
	Plain  atomic.Int64
	latest atomic.Pointer[Node]
	Shapes []Shape
	Named  map[string]*Circle
	Ring   *Node
	Same   *Node
	Inside *int64
	Text   strings.Builder
	Order  list.List
	Queue  chan string
	Hook   func() string
	Mux    *http.ServeMux
	Routes map[string]func() string
	Cancel context.CancelFunc
	Seen   sync.Map
	Any    any
	Name   string `hot:"OldName"`
	Fresh  int
	Preset int
	File   *os.File

	kinds []Square
}

func New() *Board {
	b := &Board{
		Queue: make(chan string, 3), Mux: http.NewServeMux(), Preset: 3,
		Routes: map[string]func() string{"/": func() string { return "two" }, "/new": func() string { return "two" }},
		Hook:   func() string { return "two" },
	}
	b.Mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("two")) })
	return b
}

// Latest is what is stored last.
func (b *Board) Latest() *Node { return b.latest.Load() }

// Free reports whether the lock is.
func (b *Board) Free() bool { return b.mu.TryLock() }
