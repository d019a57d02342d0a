package runner

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
)

// An app may listen on several ports, of which one speaks HTTP: that is where users and the
// proxy want to go. What is asked there, a server of Go answers before the app's handlers.

const (
	// quickAnswer is how long the start of an app waits for ports to answer, and
	// afterFirst how long once one has: those of a protocol in which the client speaks
	// first stay silent.
	quickAnswer, afterFirst = 300 * time.Millisecond, 50 * time.Millisecond
	// slowAnswer is how long a server may take that is busy starting.
	slowAnswer = 2 * time.Second
	// maxAsked bounds the ports that are asked.
	maxAsked = 16
	// secondLook is when the ports are looked at again: one may open after the first.
	secondLook = 300 * time.Millisecond
)

// question is the request that no app has to handle.
const question = "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

// reply is what a server says to the question.
type reply int

const (
	unreachable reply = iota
	hangUp            // it says nothing, and ends the connection
	silence           // it says nothing
	otherReply        // something else
	httpReply         // HTTP, or TLS that a client has not begun
)

// askHTTP asks a server, and waits so long for its answer.
func askHTTP(ctx context.Context, address string, within time.Duration) reply {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return unreachable
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(conn, question); err != nil {
		return hangUp
	}
	answer := make([]byte, len("HTTP/"))
	n, err := io.ReadFull(conn, answer)
	switch {
	case string(answer[:n]) == "HTTP/", bytes.HasPrefix(answer[:n], []byte{21, 3}):
		return httpReply
	case n > 0:
		return otherReply
	case errors.Is(err, os.ErrDeadlineExceeded):
		return silence
	}
	return hangUp
}

// ports are the addresses at which a process and its descendants listen, one a port, the
// lowest first.
func ports(found []psnet.Addr) []string {
	byPort := map[int]string{}
	for _, a := range found {
		port := int(a.Port)
		if at := written(a); byPort[port] == "" || at < byPort[port] {
			byPort[port] = at
		}
	}
	numbers := make([]int, 0, len(byPort))
	for port := range byPort {
		numbers = append(numbers, port)
	}
	slices.Sort(numbers)
	all := make([]string, 0, len(numbers))
	for _, port := range numbers {
		all = append(all, byPort[port])
	}
	return all
}

// written is an address as a user would write it.
func written(a psnet.Addr) string {
	host := a.IP
	if ip := net.ParseIP(host); host == "*" || ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(int(a.Port)))
}

// spoken is what ports have answered to the question. An app whose port speaks something else
// may log it as an error, so it is asked once, and not in each version. Its methods may be
// called from any goroutine.
type spoken struct {
	mu      sync.Mutex
	replies map[string]reply // by address
	nothing map[string]int   // how often an address has said nothing
}

// saidNothing is how often an address may say nothing until it counts as an answer: it may
// be busy starting, or about to end.
const saidNothing = 4

// heard notes an answer.
func (s *spoken) heard(address string, r reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r {
	case unreachable:
		return
	case hangUp, silence:
		if s.nothing[address]++; s.nothing[address] < saidNothing {
			return
		}
	}
	s.replies[address] = r
}

// known is what an address has answered; unreachable: that is not known.
func (s *spoken) known(address string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replies[address]
}

func newSpoken() *spoken { return &spoken{replies: map[string]reply{}, nothing: map[string]int{}} }

// pick returns which of some addresses clients want, and the others: the one of a port
// that the config names, else the first that speaks HTTP within some time, else the first.
func (s *spoken) pick(ctx context.Context, named int, all []string, within time.Duration) (address string, others []string) {
	if len(all) == 0 {
		return "", nil
	}
	at := slices.IndexFunc(all, func(a string) bool { return portOf(a) == named })
	if at < 0 && len(all) > 1 {
		at = s.firstHTTP(ctx, all[:min(len(all), maxAsked)], within)
	}
	at = max(at, 0)
	return all[at], slices.Concat(all[:at], all[at+1:])
}

// firstHTTP returns the index of the first address that speaks HTTP, of those where that is
// known if there are any; -1: none does.
func (s *spoken) firstHTTP(ctx context.Context, all []string, within time.Duration) int {
	if at := slices.IndexFunc(all, func(a string) bool { return s.known(a) == httpReply }); at >= 0 {
		return at
	}
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		index int
		yes   bool
	}
	answers, asked := make(chan answer, len(all)), 0
	for i, address := range all {
		if s.known(address) != unreachable {
			continue
		}
		asked++
		go func() {
			reply := askHTTP(asking, address, within)
			if ctx.Err() == nil {
				s.heard(address, reply)
			}
			answers <- answer{i, reply == httpReply}
		}()
	}
	first := -1
	for range asked {
		a := <-answers
		if !a.yes {
			continue
		}
		if first < 0 {
			time.AfterFunc(afterFirst, cancel)
		}
		if first < 0 || a.index < first {
			first = a.index
		}
	}
	return first
}
