package doctor

import (
	"fmt"
	"math"
	"time"
)

// Bus is what a session needs to reach instances elsewhere; the zero value: there is no bus.
type Bus struct {
	Where   string        // the server's address, or where the broker is to listen
	Broker  string        // path of the program; empty: it is built when it is needed
	Listens bool          // hotreload starts the broker
	Err     error         // why the server cannot be used
	Took    time.Duration // to ask it
	Room    int64         // for versions, in bytes; math.MaxInt64: no limit
}

// leastRoom is some versions of a large app, compressed.
const leastRoom = 200 << 20

func bus(b Bus) []Result {
	r := Result{Check: "bus", Status: OK}
	switch {
	case b.Where == "":
		return nil
	case b.Listens && b.Err != nil:
		r.Status, r.Text, r.Fix = Problem, "the broker cannot listen on "+b.Where+": "+b.Err.Error(), "set another bus.listen"
	case b.Listens && b.Broker == "":
		r.Text = "the broker is to listen on " + b.Where + "; it is built at the first start, which takes a minute"
	case b.Listens:
		r.Text = "the broker is to listen on " + b.Where + " (" + b.Broker + ")"
	case b.Err != nil:
		r.Status, r.Text, r.Fix = Problem, "the NATS server at "+b.Where+" cannot be used: "+b.Err.Error(), "check bus.url and bus.credentials"
	case b.Room < leastRoom:
		r.Status, r.Text = Warning, fmt.Sprintf("the NATS server at %s has room for %d MB of versions", b.Where, max(b.Room, 0)>>20)
		r.Fix = "raise the limits of its JetStream storage"
	default:
		room := "as much room for versions as its disk has"
		if b.Room != math.MaxInt64 {
			room = fmt.Sprintf("room for %d MB of versions", b.Room>>20)
		}
		r.Text = fmt.Sprintf("the NATS server at %s answers in %d ms and has %s", b.Where, b.Took.Milliseconds(), room)
	}
	return []Result{r}
}
