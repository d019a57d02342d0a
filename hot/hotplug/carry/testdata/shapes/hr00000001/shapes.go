// Package shapes is the first of two versions of a package, as hotreload builds them.
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

type Circle struct{ R float32 }

func (c *Circle) Area() float64 { return float64(c.R * c.R * 3) }

type Square struct{ side int }

func (s Square) Area() float64 { return float64(s.side * s.side) }

type Node struct {
	Next *Node
	Name string
	Up   *Board
}

type Board struct {
	mu      sync.Mutex
	Hits    int32
	Views   atomic.Int64
	Plain   int64
	latest  atomic.Pointer[Node]
	Shapes  []Shape
	Named   map[string]*Circle
	Ring    *Node
	Same    *Node
	Inside  *int32
	Text    strings.Builder
	Order   list.List
	Queue   chan string
	Hook    func() string
	Mux     *http.ServeMux
	Routes  map[string]func() string
	Cancel  context.CancelFunc
	Seen    sync.Map
	Any     any
	Gone    string
	OldName []byte
	File    *os.File
}

func New() *Board {
	b := &Board{
		Queue: make(chan string, 3), Mux: http.NewServeMux(),
		Routes: map[string]func() string{"/": func() string { return "one" }, "/old": func() string { return "one" }},
		Hook:   func() string { return "one" },
	}
	b.Mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("one")) })
	return b
}

// Fill makes state.
func (b *Board) Fill() {
	b.mu.Lock() // for ever
	b.Hits, b.Plain, b.Gone, b.OldName = 7, 8, "gone", []byte("renamed")
	b.Views.Store(9)
	b.Shapes = []Shape{&Circle{2}, Square{3}}
	b.Named = map[string]*Circle{"first": b.Shapes[0].(*Circle)}
	b.Ring = &Node{Name: "a", Up: b}
	b.Ring.Next = &Node{Name: "b", Next: b.Ring}
	b.Same = b.Ring.Next
	b.latest.Store(b.Same)
	b.Inside = &b.Hits
	b.Text.WriteString("text")
	b.Order.PushBack("x")
	b.Order.PushBack("y")
	b.Queue <- "waiting"
	_, b.Cancel = context.WithCancel(context.Background())
	b.Seen.Store("k", &Circle{5})
	b.Any = Square{4}
	b.File = os.Stdin
}
