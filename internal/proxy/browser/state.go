package browser

import (
	"fmt"
	"slices"
)

// state is how things are, as pages are told. It is a value: what it points to is never
// changed in place.
type state struct {
	ID      string       `json:"id"`      // of the session: versions of another one cannot be compared with ours
	Gen     int          `json:"gen"`     // the version that serves; 0: none has yet
	Process int          `json:"process"` // what its process was started as
	Seq     int          `json:"seq"`     // grows with each version and each change of files
	From    int          `json:"from"`    // what changed up to here is forgotten
	Changes []noted      `json:"changes"` // of files, after From
	Problem *toldProblem `json:"problem"` // null: there is none
}

// noted is one change of files.
type noted struct {
	Seq   int      `json:"seq"`
	Kind  Kind     `json:"kind"`
	Paths []string `json:"paths"`
}

func (s state) version() Version { return Version{s.Gen, s.Process} }

// note adds a change.
func (s *state) note(c Change) {
	s.Seq++
	kept := s.Changes
	if len(kept) >= keptChanges {
		s.From, kept = kept[0].Seq, kept[1:]
	}
	s.Changes = append(slices.Clone(kept), noted{s.Seq, c.Kind, slices.Clone(c.Paths)})
}

// withoutSource is what whoever does not know the token may see: whether a page is old, and
// no names.
func (s state) withoutSource() state {
	s.Problem = nil
	s.Changes = slices.Clone(s.Changes)
	for n := range s.Changes {
		s.Changes[n].Paths = []string{}
	}
	return s
}

// mark is what a page remembers of the state that it was made in.
func (s state) mark(process int) string {
	gen := s.Gen
	if process != s.Process {
		gen = process // a version that has just taken over, which we have not been told yet
	}
	return fmt.Sprintf("%s.%d.%d", s.ID, gen, s.Seq)
}

// Mark is what a page remembers that a process makes now: the version that it was started as.
func (h *Hub) Mark(process int) string {
	s, _, _ := h.now()
	return s.mark(process)
}

// Token is what the app's own pages show when they connect.
func (h *Hub) Token() string { return h.token }
