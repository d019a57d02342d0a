package carry

import (
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	one "hotreload/hot/hotplug/carry/testdata/shapes/hr00000001"
	two "hotreload/hot/hotplug/carry/testdata/shapes/hr00000002"
)

// carried is a board of the second version with the state of one of the first.
func carried(t *testing.T) (*one.Board, *two.Board, Report) {
	t.Helper()
	old := one.New()
	old.Fill()
	next := two.New()
	got, report := Into(next, old, Options{})
	if got != any(next) {
		t.Fatalf("it is another value, a %T", got)
	}
	return old, next, report
}

func TestReport(t *testing.T) {
	_, _, report := carried(t)
	want := Report{
		Carried: []string{
			"Board.Cancel", "Board.File", "Board.Inside", "Board.Named[]", "Board.Order", "Board.Queue",
			"Board.Ring.Name", "Board.Ring.Next", "Board.Ring.Up", "Board.Same", "Board.Text", "Board.Views",
			"Board.latest.Name", "Board.latest.Next", "Board.latest.Up",
		},
		Converted: []string{
			"Board.Any.side", "Board.Hits", "Board.Name", "Board.Plain", "Board.Seen[].R",
			"Board.Shapes[].R", "Board.Shapes[].side",
		},
		Dropped: []string{"Board.Gone", "Board.Hook", "Board.Mux", "Board.Routes"},
		Zeroed:  []string{"Board.Fresh", "Board.Ring.Colour", "Board.kinds", "Board.latest.Colour", "Board.mu"},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// State comes over as the new version's types want it.
func TestState(t *testing.T) {
	old, next, _ := carried(t)
	if next.Hits != 7 || next.Views.Load() != 9 || next.Plain.Load() != 8 || next.Name != "renamed" || next.Preset != 3 {
		t.Errorf("the plain fields are %d, %d, %d, %q, %d", next.Hits, next.Views.Load(), next.Plain.Load(), next.Name, next.Preset)
	}
	if !next.Free() {
		t.Error("the lock came over locked")
	}
	if len(next.Shapes) != 2 || next.Shapes[0].Area() != 12 || next.Shapes[1].Area() != 9 {
		t.Errorf("the shapes are %v", next.Shapes)
	}
	if next.Text.String() != "text" {
		t.Errorf("the text is %q", next.Text.String())
	}
	next.Text.WriteString(" and more") // a copied one panics
	if got := <-next.Queue; got != "waiting" {
		t.Errorf("in the queue was %q", got)
	}
	if next.File != old.File || next.Cancel == nil {
		t.Error("the file or the cancel function is another one")
	}
	if s, ok := next.Any.(two.Square); !ok || s.Area() != 16 {
		t.Errorf("in the interface is %#v", next.Any)
	}
	if c, ok := next.Seen.Load("k"); !ok || c.(*two.Circle).R != 5 {
		t.Errorf("in the sync.Map is %#v", c)
	}
}

// Pointers to one thing are pointers to one thing again.
func TestAliases(t *testing.T) {
	_, next, _ := carried(t)
	if next.Named["first"] == nil || next.Named["first"] != next.Shapes[0] {
		t.Error("a circle is two now")
	}
	if next.Ring.Next != next.Same || next.Same.Next != next.Ring || next.Latest() != next.Same {
		t.Error("the ring is broken")
	}
	if next.Ring.Up != next {
		t.Error("the way back leads elsewhere")
	}
	if next.Inside != &next.Hits {
		t.Error("the pointer into the struct leads elsewhere")
	}
	var order []any
	for e := next.Order.Front(); e != nil; e = e.Next() {
		order = append(order, e.Value)
	}
	next.Order.PushBack("z")
	if diff := cmp.Diff([]any{"x", "y"}, order); diff != "" || next.Order.Back().Value != "z" || next.Order.Back().Next() != nil {
		t.Errorf("the list is broken: -want +got\n%s", diff)
	}
}

// The new version's code is called, wherever the old one kept some of its own.
func TestCode(t *testing.T) {
	_, next, _ := carried(t)
	if got := next.Hook(); got != "two" {
		t.Errorf("the hook is that of version %s", got)
	}
	w := httptest.NewRecorder()
	next.Mux.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Body.String(); got != "two" {
		t.Errorf("the handler is that of version %s", got)
	}
	for name, f := range next.Routes {
		if name == "/old" || f() != "two" {
			t.Errorf("the route %s is that of version %s", name, f())
		}
	}
	if len(next.Routes) != 2 {
		t.Errorf("there are %d routes", len(next.Routes))
	}
}
