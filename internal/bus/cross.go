package bus

import (
	"context"
	"debug/elf"
	"regexp"
	"slices"
	"time"

	"hotreload/internal/fleet"
)

// This file has releases built for other platforms than the session's, once an instance is there
// that needs that.

// Static ends the name of a platform that has no C library: there, executables must not need one.
const Static = "/static"

// isPlatform matches what may become part of a path, and of the go command's environment.
var isPlatform = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+(` + Static + `)?$`)

// crossing is the build for another platform that is under way.
type crossing struct {
	release  int64 // 0: none is
	platform string
	cancel   context.CancelFunc
}

// cross begins the next build that is needed, unless one is under way. One for a release that is
// not wanted any more ends.
func (h *Hub) cross(ctx context.Context) {
	desired := h.rollout.Desired
	var wanted []*fleet.Release
	for _, r := range []*fleet.Release{desired.Canary, desired.Stable} {
		if r != nil {
			wanted = append(wanted, r)
		}
	}
	if h.crossing.release != 0 {
		if !slices.ContainsFunc(wanted, func(r *fleet.Release) bool { return r.ID == h.crossing.release }) {
			h.crossing.cancel()
		}
		return
	}
	if h.options.Cross == nil || h.sending.last == nil {
		return
	}
	newest := h.sending.last.release.ID
	for _, r := range wanted {
		if platform := h.lacks(r); platform != "" && r.ID == newest { // the sources are those of the newest
			h.begin(ctx, r.ID, platform)
			return
		}
	}
}

// lacks is a platform of an instance for which a release has no artifact, and not even a reason;
// empty: there is none.
func (h *Hub) lacks(r *fleet.Release) string {
	for _, i := range h.rollout.Instances {
		_, built := r.Artifacts[i.Platform]
		_, refused := r.Refused[i.Platform]
		if !built && !refused && i.Platform != "" {
			return i.Platform
		}
	}
	return ""
}

func (h *Hub) begin(ctx context.Context, release int64, platform string) {
	ctx, cancel := context.WithCancel(ctx)
	h.crossing = crossing{release, platform, cancel}
	held := h.heldBy(platform)
	h.work.Go(func() {
		defer cancel()
		a, err := h.crossed(ctx, platform, held)
		h.commands.Put(func(h *Hub) {
			h.crossing = crossing{}
			switch {
			case ctx.Err() != nil && err != nil: // overtaken
			case err != nil:
				h.follow(h.rollout.Add(time.Now(), release, platform, a, err.Error()))
			default:
				h.follow(h.rollout.Add(time.Now(), release, platform, a, ""))
			}
		})
	})
}

// crossed builds for a platform, and stores what comes out.
func (h *Hub) crossed(ctx context.Context, platform string, held holdings) (fleet.Artifact, error) {
	file, err := h.options.Cross(ctx, platform)
	if err != nil {
		return fleet.Artifact{}, err
	}
	incoming, err := h.kept.take(file)
	if err != nil {
		return fleet.Artifact{}, err
	}
	a, _, err := h.kept.name(incoming, "")
	if err != nil {
		return a, err
	}
	if from, _ := h.mostHeld(a, "", held); from != "" {
		if err := h.putDelta(ctx, a, from); err != nil {
			return a, err
		}
	}
	return a, h.putWhole(ctx, a.Digest)
}

// standsAlone reports whether an executable needs no C library.
func standsAlone(file string) bool {
	f, err := elf.Open(file)
	if err != nil {
		return false // another system's, where it is always there
	}
	defer f.Close()
	return !slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}
