package watch

import (
	"path/filepath"
	"slices"
)

// mark is a directory that the system reports on. It does so once, however many
// paths lead there.
type mark struct {
	path  string   // that it is reported under
	names []string // that it is watched under
	at    identity
}

// marks knows the directories that the system reports on.
type marks struct {
	byIdentity map[identity]*mark
	byName     map[string]*mark // by each name
	byPath     map[string]*mark
	lost       []string // names of which something may have been missed
}

func newMarks() marks {
	return marks{byIdentity: map[identity]*mark{}, byName: map[string]*mark{}, byPath: map[string]*mark{}}
}

func (m *marks) add(one *mark) {
	if one.at.known() {
		m.byIdentity[one.at] = one
	}
	m.byPath[one.path] = one
	for _, name := range one.names {
		m.byName[name] = one
	}
}

func (m *marks) addName(one *mark, name string) {
	one.names = append(one.names, name)
	m.byName[name] = one
}

// removeName returns the mark of a name, and whether that is no longer needed or
// it has lost its path.
func (m *marks) removeName(name string) (one *mark, over bool) {
	one = m.byName[name]
	delete(m.byName, name)
	one.names = slices.DeleteFunc(one.names, func(other string) bool { return other == name })
	return one, one.path == name || len(one.names) == 0
}

// abandon forgets a mark whose path is gone. Its names have to be watched again.
func (m *marks) abandon(one *mark) {
	if m.byIdentity[one.at] == one {
		delete(m.byIdentity, one.at)
	}
	if m.byPath[one.path] == one {
		delete(m.byPath, one.path)
	}
	for _, name := range one.names {
		delete(m.byName, name)
	}
	m.lost = append(m.lost, one.names...)
}

// takeLost returns the names that have to be watched again.
func (m *marks) takeLost() []string {
	lost := m.lost
	m.lost = nil
	slices.Sort(lost)
	return slices.Compact(lost)
}

// namesOf returns the paths that an event may be about: the system reports a
// directory under one path, and what is in it, too.
func (m *marks) namesOf(path string) []string {
	names := []string{path}
	if one := m.byPath[filepath.Dir(path)]; one != nil {
		for _, dir := range one.names {
			names = append(names, filepath.Join(dir, filepath.Base(path)))
		}
	}
	if one := m.byPath[path]; one != nil {
		names = append(names, one.names...)
	}
	if len(names) == 1 {
		return names
	}
	slices.Sort(names)
	return slices.Compact(names)
}
