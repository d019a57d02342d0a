package bus

import (
	"maps"
	"slices"

	"hotreload/internal/fleet"
)

// holdings is what instances of some platforms have of what a session has sent.
type holdings struct {
	instances int               // how many there are
	counts    map[string]int    // by digest: how many have it
	plugins   map[string]string // digest -> plugin that it is a version of; all others are executables
}

// heldBy is what instances of some platforms have.
func (h *Hub) heldBy(platforms ...string) holdings {
	held := holdings{counts: map[string]int{}, plugins: maps.Clone(h.sending.plugins)}
	for _, i := range h.rollout.Instances {
		if !slices.Contains(platforms, i.Platform) {
			continue
		}
		held.instances++
		for _, digest := range i.Holds {
			held.counts[digest]++
		}
	}
	return held
}

// mostHeld is the version of an executable (plugin is empty) or a plugin that most instances have, of
// those that are kept here, and whether all have it. Empty: no difference is worth while.
func (h *Hub) mostHeld(a fleet.Artifact, plugin string, held holdings) (from string, covered bool) {
	most := 0
	for digest, n := range held.counts {
		if digest != a.Digest && n > most && held.plugins[digest] == plugin && h.kept.has(digest) {
			from, most = digest, n
		}
	}
	if a.Size > maxDelta {
		from = ""
	}
	return from, from != "" && most == held.instances
}

// notePlugins notes which artifacts of a release are plugins. What is not kept any more is forgotten.
func (h *Hub) notePlugins(r *fleet.Release) {
	if r == nil {
		return
	}
	maps.DeleteFunc(h.sending.plugins, func(digest, _ string) bool { return !h.kept.has(digest) })
	for _, plugins := range r.Plugins {
		for _, p := range plugins {
			h.sending.plugins[p.File.Digest] = p.Name
		}
	}
}
