package config

import "slices"

// UI is the [ui] table. It stands here because this package must not know a
// screen; what the values mean is for [Options].CheckUI to judge.
type UI struct {
	Editor string            `toml:"editor" doc:"opens a file at a problem, such as \"code --goto {file}:{line}:{column}\"; empty: $VISUAL or $EDITOR"`
	Keys   map[string]string `toml:"keys" doc:"other keys for the screen's actions, such as rebuild = \"ctrl+r\"; help (?) lists the actions"`
}

// Problem is what the owner of a table finds wrong with it.
type Problem struct {
	Key     string // such as "ui.editor"
	Entry   string // of a key with entries, such as ui.keys: the entry's name
	AtName  bool   // the entry's name is wrong, not its value
	Message string // what is wrong, and what to write instead
}

// first is the problem that comes first: in the file, then in the --set flags.
func (b *binder) first(problems []Problem) *Error {
	var found []*Error
	for _, p := range problems {
		key := p.Key
		if p.Entry != "" {
			key += "." + formatKey(p.Entry)
		}
		m := b.marks[key]
		offset := m.value
		if p.AtName {
			offset = m.offset
		}
		found = append(found, m.src.badValue(offset, key, p.Message))
	}
	if len(found) == 0 {
		return nil
	}
	return slices.MinFunc(found, func(x, y *Error) int { return x.compare(y) })
}
