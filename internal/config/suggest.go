package config

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	"github.com/pelletier/go-toml/v2/unstable"
)

// unknown is the error about a key or table that does not exist. It names what was
// probably meant or, failing that, what exists.
func (b *binder) unknown(src *source, s statement) *Error {
	advice := listing(b.root, s.path)
	// `"watch.quiet"` in quotes is one key with a dot in its name.
	parts := strings.Split(strings.Join(s.path, "."), ".")
	if n, _ := b.root.find(parts); len(parts) > len(s.path) && !n.isTable() {
		advice = "write it without the quotes: " + shorten(dotted(parts))
	} else if near := nearest(b.root, s); len(near) > 0 {
		advice = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return src.errorAt(s.offset, dotted(s.path), "unknown "+cite(s.kind, s.path)+"; "+advice)
}

// cite names a key or table as the file would.
func cite(kind unstable.Kind, path []string) string {
	name := shorten(dotted(path))
	switch {
	case kind == unstable.Table:
		return "table [" + name + "]"
	case kind == unstable.ArrayTable:
		return "table [[" + name + "]]"
	case strings.Contains(name, `"`):
		return "key " + name
	default:
		return `key "` + name + `"`
	}
}

// listing names the contents of the table that path leads to.
func listing(root *node, path []string) string {
	table, _ := root.find(path)
	var names []string
	for _, c := range table.children {
		names = append(names, c.name)
	}
	if table == root {
		return "the tables are [" + strings.Join(names, "], [") + "]"
	}
	return fmt.Sprintf("the keys of %s are %s", table.cite(), strings.Join(names, ", "))
}

// nearest names the tables or keys that s was probably meant to be: several, if
// several tables have the same key.
func nearest(root *node, s statement) []string {
	table, last := dotted(s.path[:len(s.path)-1]), s.path[len(s.path)-1]
	// Up to a third of the letters wrong is a slip; more is another word.
	limit := (utf8.RuneCountInString(last) + 1) / 3
	var best []string
	bestRank := math.MaxInt
	for _, c := range candidates(root, s) {
		// The slip may also be in the table's name: `wach.quiet`.
		d := min(distance(last, c.name), distance(dotted(s.path), c.path))
		if d > limit {
			continue
		}
		// Of two equally near, the one in the table as written wins.
		rank := 2 * d
		if c.path != strings.TrimPrefix(table+"."+c.name, ".") {
			rank++
		}
		switch {
		case rank < bestRank:
			best, bestRank = []string{c.cite()}, rank
		case rank == bestRank:
			best = append(best, c.cite())
		}
	}
	return best
}

// candidates are the nodes that could stand in the place of s.
func candidates(root *node, s statement) []*node {
	var nodes []*node
	for _, table := range root.children {
		// A table can be a header, or the key of an inline table.
		if s.kind != unstable.KeyValue || s.value.kind == unstable.InlineTable {
			nodes = append(nodes, table)
		}
		for _, key := range table.keys() {
			if s.kind == unstable.KeyValue || key.isMap() || key.isTables() {
				nodes = append(nodes, key)
			}
			if s.kind == unstable.KeyValue {
				nodes = append(nodes, key.children...)
			}
		}
	}
	return nodes
}

// cite names a node in a suggestion.
func (n *node) cite() string {
	switch {
	case n.isTables():
		return "[[" + n.path + "]]"
	case n.isTable() || n.isMap():
		return "[" + n.path + "]"
	}
	return `"` + n.path + `"`
}

// distance counts the letters to change, ignoring case. Two that were typed in the wrong
// order are one slip.
func distance(a, b string) int {
	letters, b := []rune(strings.ToLower(a)), strings.ToLower(b)
	least := levenshtein.ComputeDistance(string(letters), b)
	for i := 1; i < len(letters); i++ {
		letters[i-1], letters[i] = letters[i], letters[i-1]
		least = min(least, 1+levenshtein.ComputeDistance(string(letters), b))
		letters[i-1], letters[i] = letters[i], letters[i-1]
	}
	return least
}
