package config

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// bindSet applies one key=value of a --set flag.
func (b *binder) bindSet(arg string) *Error {
	src := &source{set: arg}
	if !utf8.ValidString(arg) {
		return src.errorAt(0, "", "is not valid UTF-8; write it in UTF-8")
	}
	keyText, text, ok := strings.Cut(arg, "=")
	if !ok {
		return src.errorAt(0, "", "there is no value; write key=value, for example --set runner.stop_timeout=2s")
	}
	path, ok := parsePath(src, keyText)
	if !ok {
		return src.errorAt(0, "", fmt.Sprintf(
			"%s is not a key; write key=value, for example --set runner.stop_timeout=2s", quote(shorten(keyText))))
	}
	src.setKey = dotted(path)
	n, rest := b.root.find(path)
	if n.list != nil {
		return src.errorAt(0, n.path, fmt.Sprintf("there can be several; write the whole list: --set '%s=[%s]'", n.list.path, n.list.example()))
	}
	v, err := setValue(src, n, len(rest) > 0, text)
	if err != nil {
		return err
	}
	return b.bindValue(src, statement{kind: unstable.KeyValue, path: path, value: v})
}

// parsePath splits a dotted key as TOML does, quotes and all.
func parsePath(src *source, key string) ([]string, bool) {
	statements, err := parse(src, []byte(key+"=0"))
	if err != nil || len(statements) != 1 || strings.Contains(key, "\n") {
		return nil, false
	}
	return statements[0].path, true
}

// setValue reads text as a value for n, or for an entry of n. Quotes that TOML
// requires may be missing, since the shell removes quotes. bindValue reports text
// that does not fit.
func setValue(src *source, n *node, entry bool, text string) (value, *Error) {
	raw := value{kind: unstable.String, text: text}
	asTOML, err := tomlValue(src, text)
	trimmed := strings.TrimSpace(text)
	switch {
	case n.isTable():
		return raw, nil
	case n.isList() && strings.HasPrefix(trimmed, "["):
		return asTOML, advise(err, `write ["a", "b"] or a,b`)
	case n.isList():
		return value{kind: unstable.Array, items: split(text)}, nil
	case n.isTables():
		if err != nil || entry {
			return raw, nil
		}
		return asTOML, nil
	case n.isMap() && !entry && strings.HasPrefix(trimmed, "{"):
		return asTOML, advise(err, `write { NAME = "value" }`)
	case n.isMap() && !entry:
		return raw, src.badValue(0, n.path, fmt.Sprintf(
			`%s is not a table; write { NAME = "value" }, or --set %s.NAME=value`, quote(shorten(text)), n.path))
	case err != nil:
		return raw, nil
	case n.takesText(entry) && asTOML.kind != unstable.String:
		return raw, nil
	default:
		return asTOML, nil
	}
}

// takesText reports whether TOML writes the value of a field or entry in quotes.
func (n *node) takesText(entry bool) bool {
	return entry || n.isDuration() || n.typ.Kind() == reflect.String
}

func advise(err *Error, advice string) *Error {
	if err != nil {
		err.Message += "; " + advice
	}
	return err
}

// tomlValue reads text as one TOML value.
func tomlValue(src *source, text string) (value, *Error) {
	statements, err := parse(src, []byte("value = "+text))
	if err != nil {
		return value{}, err
	}
	if len(statements) != 1 {
		return value{}, src.errorAt(0, "", "there is more than one value; write one")
	}
	return statements[0].value, nil
}

// split splits a list at its commas, except within braces: "*.{html,css},*.js" is
// two globs.
func split(text string) []value {
	var items []value
	add := func(item string) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, value{kind: unstable.String, text: item})
		}
	}
	depth, start := 0, 0
	for i := range len(text) {
		switch {
		case text[i] == '{':
			depth++
		case text[i] == '}':
			depth--
		case text[i] == ',' && depth <= 0:
			add(text[start:i])
			start = i + 1
		}
	}
	add(text[start:])
	return items
}
