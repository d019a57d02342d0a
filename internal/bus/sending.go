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

	plugins map[string]string // digest -> plugin that it is a version of
}

// outgoing is a release with its artifacts.
type outgoing struct {
	release fleet.Release
	file    string   // the native executable, in kept
	plugins []string // the files of the native plugins, in kept
	err     error
}

// Native is the platform that a session builds for in any case.
func Native() string { return runtime.GOOS + "/" + runtime.GOARCH }

// Release has all instances run a version. It returns once the files are not needed any more.
func (h *Hub) Release(m fleet.Made) {
	o := &outgoing{release: fleet.Release{Version: m.Version, App: m.App, Process: fmt.Sprintf("%d.%d", h.began, m.Process)}}
	o.file, o.err = h.kept.take(m.Executable)
	var plugins []fleet.Plugin
	for _, p := range m.Plugins {
		file, err := h.kept.take(p.Path)
		o.plugins, o.err = append(o.plugins, file), cmp.Or(o.err, err)
		plugins = append(plugins, fleet.Plugin{Name: p.Name, Packages: p.Packages, Fixed: p.Fixed})
	}
	if len(plugins) > 0 {
		o.release.Plugins = map[string][]fleet.Plugin{Native(): plugins}
	}
	h.commands.Put(func(h *Hub) {
		if next := h.sending.next; next != nil {
			for _, file := range append(next.plugins, next.file) {
				h.kept.drop(file)
			}
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
	held, last := h.heldBy(Native(), Native()+Static), s.last
	var sendCtx context.Context
	sendCtx, s.cancel = context.WithCancel(ctx)
	h.work.Go(func() {
		err := h.send(sendCtx, o, last, held)
		h.commands.Put(func(h *Hub) { h.sent(sendCtx, o, err) })
	})
}

// send stores what instances need of a release. last is the one before.
func (h *Hub) send(ctx context.Context, o, last *outgoing, held holdings) error {
	artifact, file, err := h.kept.name(o.file, last.has(o.file))
	if err != nil {
		return err
	}
	o.file = file
	o.release.Artifacts = map[string]fleet.Artifact{Native(): artifact}
	if len(o.plugins) == 0 && standsAlone(file) {
		o.release.Artifacts[Native()+Static] = artifact
	}
	plugins := slices.Clone(o.release.Plugins[Native()]) // if it is sent again, they are in the desired state
	for i := range plugins {
		if plugins[i].File, o.plugins[i], err = h.kept.name(o.plugins[i], ""); err != nil {
			return err
		}
	}
	if len(plugins) > 0 {
		o.release.Plugins = map[string][]fleet.Plugin{Native(): plugins}
	}
	for _, p := range plugins {
		if err := h.store(ctx, p.File, p.Name, held); err != nil {
			return err
		}
	}
	return h.store(ctx, artifact, "", held)
}

// has is the digest of a file that is the executable of a release; empty: it is another one.
func (o *outgoing) has(file string) (digest string) {
	if o == nil || file == o.file {
		return ""
	}
	was, err := os.Stat(o.file)
	is, err2 := os.Stat(file)
	if err != nil || err2 != nil || !os.SameFile(was, is) {
		return ""
	}
	return o.release.Artifacts[Native()].Digest
}

// store stores what instances need of an executable (plugin is empty) or a plugin: the difference to what most of them have,
// and the whole for the others. If all can do with the difference, nobody waits for the whole.
func (h *Hub) store(ctx context.Context, a fleet.Artifact, plugin string, held holdings) error {
	from, covered := h.mostHeld(a, plugin, held)
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
		h.notePlugins(&o.release)
		h.follow(h.rollout.Release(time.Now(), o.release))
		used := h.rollout.Used()
		h.work.Go(func() { h.complete(ctx, o.release.Version, used) })
	}
}

func publicOf(s Secrets) ed25519.PublicKey { return s.Key.Public().(ed25519.PublicKey) }
