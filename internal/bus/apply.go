package bus

import (
	"context"
	"io"
	"os"

	"hotreload/internal/delta"
	"hotreload/internal/fleet"
)

// maxDelta is the size of an artifact up to which differences are made. Both versions are in
// memory meanwhile.
const maxDelta = 128 << 20

// apply makes an artifact out of another one and the difference.
func apply(to io.Writer, difference io.Reader, old string, size int64) error {
	f, err := os.Open(old)
	if err != nil {
		return err
	}
	defer f.Close()
	return delta.Apply(to, difference, f, size)
}

// putDelta stores the difference between two artifacts that are kept.
func (h *Hub) putDelta(ctx context.Context, a fleet.Artifact, from string) error {
	name := difference(a.Digest, from)
	if _, there, err := h.stores.find(ctx, name); err != nil || there {
		return err
	}
	old, err := os.ReadFile(h.kept.path(from))
	if err != nil {
		return err
	}
	now, err := os.ReadFile(h.kept.path(a.Digest))
	if err != nil {
		return err
	}
	return h.stream(ctx, name, func(w io.Writer) error { return delta.Write(w, old, now) })
}
