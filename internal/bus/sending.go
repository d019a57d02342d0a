package bus

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"hotreload/internal/fleet"
)

// This file brings releases into the store. Only the newest counts.

// sending is the release that is on its way.
type sending struct {
	next   *outgoing          // has not been begun
	now    *outgoing          // is being stored
	last   *outgoing          // was stored last
	cancel context.CancelFunc // of now
	again  bool               // last is to be stored again, because the server may have lost it
	ids    int64
}

// outgoing is a release with its artifacts.
type outgoing struct {
	release fleet.Release
	file    string // of the native artifact, in kept; empty: it is to be taken in
	err     error
}

// Native is the platform that a session builds for in any case.
func Native() string { return runtime.GOOS + "/" + runtime.GOARCH }

// Release has all instances run an executable. It returns once the file is not needed any more.
func (h *Hub) Release(version int, app fleet.App, file string) {
	incoming, err := h.kept.take(file)
	o := &outgoing{release: fleet.Release{Version: version, App: app}, file: incoming, err: err}
	h.commands.Put(func(h *Hub) {
		if h.sending.next != nil {
			h.kept.drop(h.sending.next.file)
		}
		h.sending.next = o
	})
}

// sendNext begins to store the newest release, if there is one.
func (h *Hub) sendNext(ctx context.Context) {
	s := &h.sending
	if s.next == nil && s.again && s.now == nil && s.last != nil {
		s.next = s.last
	}
	s.again = false
	if s.next == nil {
		return
	}
	if s.now != nil {
		s.cancel()
		return // sent calls us again
	}
	o := s.next
	s.next, s.now = nil, o
	if o.err != nil {
		h.sent(o, o.err)
		return
	}
	if o.release.ID == 0 {
		s.ids = max(s.ids+1, time.Now().UnixMilli())
		o.release.ID = s.ids
	}
	held := h.heldBy()
	var sendCtx context.Context
	sendCtx, s.cancel = context.WithCancel(ctx)
	h.work.Go(func() {
		err := h.send(sendCtx, o, held)
		h.commands.Put(func(h *Hub) { h.sent(o, err) })
	})
}

// heldBy are the digests that instances have, each with how many do.
func (h *Hub) heldBy() map[string]int {
	held := map[string]int{}
	for _, i := range h.rollout.Instances {
		for _, digest := range i.Holds {
			held[digest]++
		}
	}
	return held
}

// send stores what instances need of a release.
func (h *Hub) send(ctx context.Context, o *outgoing, held map[string]int) error {
	artifact, file, err := h.kept.name(o.file)
	if err != nil {
		return err
	}
	o.file = file
	o.release.Artifacts = map[string]fleet.Artifact{Native(): artifact}
	return h.store(ctx, artifact, held)
}

// store stores an artifact.
func (h *Hub) store(ctx context.Context, a fleet.Artifact, held map[string]int) error {
	name := whole(a.Digest)
	if _, there, err := h.stores.find(ctx, name); err != nil || there {
		return err
	}
	file, err := os.Open(h.kept.path(a.Digest))
	if err != nil {
		return err
	}
	defer file.Close()
	r, w := io.Pipe()
	h.work.Go(func() { w.CloseWithError(compress(w, file)) })
	_, err = h.stores.put(ctx, name, r)
	r.CloseWithError(err) // and compress ends
	return err
}

// sent publishes a release that is stored.
func (h *Hub) sent(o *outgoing, err error) {
	s := &h.sending
	overtaken := s.next != nil && s.next != o
	s.now = nil
	switch {
	case overtaken:
	case err != nil:
		h.events.Put(fleet.Noted{Text: fmt.Sprintf("v%d could not be sent to the instances: %v", o.release.Version, err)})
		s.last = o
	case s.last == o: // again
	default:
		s.last = o
		h.follow(h.rollout.Release(time.Now(), o.release))
	}
}

func publicOf(s Secrets) ed25519.PublicKey { return s.Key.Public().(ed25519.PublicKey) }
