package bus

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
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
	if s.again && s.next == nil && s.now == nil && !h.state.lost {
		s.next, s.again = s.last, false
	}
	if s.next == nil {
		return
	}
	if s.cancel != nil {
		s.cancel()
	}
	if s.now != nil {
		return // sent calls us again
	}
	o := s.next
	s.next, s.now = nil, o
	if o.err != nil {
		h.sent(ctx, o, o.err)
		return
	}
	if o.release.ID == 0 {
		s.ids = max(s.ids+1, time.Now().UnixMilli())
		o.release.ID = s.ids
	}
	held := h.heldBy(Native(), Native()+Static)
	var sendCtx context.Context
	sendCtx, s.cancel = context.WithCancel(ctx)
	h.work.Go(func() {
		err := h.send(sendCtx, o, held)
		h.commands.Put(func(h *Hub) { h.sent(sendCtx, o, err) })
	})
}

// heldBy are the digests that instances of some platforms have, each with how many do; how many there are is under
// the empty one.
func (h *Hub) heldBy(platforms ...string) map[string]int {
	held := map[string]int{}
	for _, i := range h.rollout.Instances {
		if !slices.Contains(platforms, i.Platform) {
			continue
		}
		held[""]++
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
	if standsAlone(file) {
		o.release.Artifacts[Native()+Static] = artifact
	}
	return h.store(ctx, artifact, held)
}

// store stores what instances need of an artifact: the difference to what most of them have,
// and the whole for the others. If all can do with the difference, nobody waits for the whole.
func (h *Hub) store(ctx context.Context, a fleet.Artifact, held map[string]int) error {
	from, covered := h.mostHeld(a, held)
	if from != "" {
		if err := h.putDelta(ctx, a, from); err != nil {
			return err
		}
	}
	if !covered {
		return h.putWhole(ctx, a.Digest)
	}
	return nil
}

// mostHeld is the artifact that most instances have, of those that are kept here, and whether
// all have it. Empty: no difference is worth while.
func (h *Hub) mostHeld(a fleet.Artifact, held map[string]int) (from string, covered bool) {
	most, all := 0, held[""]
	for digest, n := range held {
		if digest != "" && digest != a.Digest && n > most && h.kept.has(digest) {
			from, most = digest, n
		}
	}
	if a.Size > maxDelta {
		from = ""
	}
	return from, from != "" && most == all
}

// putWhole stores an artifact as a whole.
func (h *Hub) putWhole(ctx context.Context, digest string) error {
	name := whole(digest)
	if _, there, err := h.stores.find(ctx, name); err != nil || there {
		return err
	}
	file, err := os.Open(h.kept.path(digest))
	if err != nil {
		return err
	}
	defer file.Close()
	return h.stream(ctx, name, func(w io.Writer) error {
		_, err := io.Copy(w, file)
		return err
	})
}

// stream stores what is written, compressed, without holding it all.
func (h *Hub) stream(ctx context.Context, name string, write func(io.Writer) error) error {
	r, w := io.Pipe()
	var writing sync.WaitGroup
	writing.Go(func() { w.CloseWithError(compress(w, write)) })
	_, err := h.stores.put(ctx, name, r)
	r.CloseWithError(cmp.Or(err, io.ErrClosedPipe)) // and the writer ends
	writing.Wait()
	return err
}

// complete stores the whole of what is desired for instances that come later, and removes what
// none needs any more.
func (h *Hub) complete(ctx context.Context, version int, used map[string]bool) {
	for digest := range used {
		if !h.kept.has(digest) {
			continue // a former session's, which is on the bus
		}
		if err := h.putWhole(ctx, digest); err != nil && ctx.Err() == nil {
			h.events.Put(fleet.Noted{Text: fmt.Sprintf("v%d could not be kept on the bus for instances that come later: %v", version, err)})
		}
	}
	if ctx.Err() == nil {
		h.kept.prune(used)
		_ = h.stores.prune(ctx, func(name string) bool { // tried again after the next release
			parts := strings.Split(name, ".")
			return len(parts) > 1 && used[parts[1]]
		})
	}
}

// sent publishes a release that is stored.
func (h *Hub) sent(ctx context.Context, o *outgoing, err error) {
	s := &h.sending
	overtaken := s.next != nil && s.next != o
	s.now = nil
	switch {
	case overtaken:
	case err != nil:
		h.events.Put(fleet.Noted{Text: fmt.Sprintf("v%d could not be sent to the instances: %v", o.release.Version, err)})
		s.last = o
	case s.last == o: // again
		used := h.rollout.Used()
		h.work.Go(func() { h.complete(ctx, o.release.Version, used) })
	default:
		s.last = o
		h.follow(h.rollout.Release(time.Now(), o.release))
		used := h.rollout.Used()
		h.work.Go(func() { h.complete(ctx, o.release.Version, used) })
	}
}

func publicOf(s Secrets) ed25519.PublicKey { return s.Key.Public().(ed25519.PublicKey) }
