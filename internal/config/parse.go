package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// statement is one line of TOML: a `key = value`, its path including the table
// it stands in, or a table's header.
type statement struct {
	kind   unstable.Kind // KeyValue, Table or ArrayTable
	path   []string
	offset int // of the key
	value  value
	item   bool // it stands below a [[header]], or in a table in a list
}

// value is a TOML value, and where it stands.
type value struct {
	kind   unstable.Kind
	offset int
	text   string      // of a string: without quotes and escapes; else as written
	items  []value     // of a list
	pairs  []statement // of an inline table, paths relative to it
}

// parse splits a document into statements. They are valid TOML: no key occurs
// twice, and every value is well formed.
func parse(src *source, data []byte) ([]statement, *Error) {
	if err := checkEncoding(src, data); err != nil {
		return nil, err
	}
	// go-toml computes offsets from capacities, so the capacity must end with
	// the document.
	data = slices.Clip(data)
	// The parser below checks the grammar alone. The decoder also checks that keys
	// are unique and numbers in range.
	var discarded map[string]any
	if err := toml.Unmarshal(data, &discarded); err != nil {
		return nil, syntaxError(src, data, err)
	}

	var statements []statement
	var table []string
	var item bool
	var p unstable.Parser
	p.Reset(data)
	for p.NextExpression() {
		s := readStatement(&p, p.Expression())
		if s.kind == unstable.KeyValue {
			s.path, s.item = slices.Concat(table, s.path), item
		} else {
			table, item = s.path, s.kind == unstable.ArrayTable
		}
		statements = append(statements, s)
	}
	// The decoder should have failed first; this is for the day the two differ.
	if err := p.Error(); err != nil {
		return nil, src.errorAt(0, "", "not valid TOML: "+err.Error())
	}
	return statements, nil
}

func readStatement(p *unstable.Parser, n *unstable.Node) statement {
	s := statement{kind: n.Kind}
	end := 0
	for key := n.Key(); key.Next(); {
		part := key.Node()
		if len(s.path) == 0 {
			s.offset = int(part.Raw.Offset)
		}
		s.path = append(s.path, string(part.Data))
		end = int(part.Raw.Offset + part.Raw.Length)
	}
	if n.Kind == unstable.KeyValue {
		s.value = readValue(p, n.Value(), afterEquals(p.Data(), end))
	}
	return s
}

// afterEquals is where the value of a key begins, given the end of the key. The
// parser has no offsets for lists.
func afterEquals(data []byte, offset int) int {
	for offset < len(data) && (data[offset] == ' ' || data[offset] == '\t' || data[offset] == '=') {
		offset++
	}
	return offset
}

// readValue copies a value out of the parser, which reuses its nodes. The given
// offset is for values without one of their own.
func readValue(p *unstable.Parser, n *unstable.Node, offset int) value {
	v := value{kind: n.Kind, offset: offset}
	if n.Raw.Length > 0 {
		v.offset = int(n.Raw.Offset)
	}
	switch n.Kind {
	case unstable.Array:
		for it := n.Children(); it.Next(); {
			v.items = append(v.items, readValue(p, it.Node(), v.offset))
		}
	case unstable.InlineTable:
		for it := n.Children(); it.Next(); {
			v.pairs = append(v.pairs, readStatement(p, it.Node()))
		}
	default:
		v.text = string(n.Data)
	}
	return v
}

// withoutBOM drops the byte order mark that some Windows editors put first.
func withoutBOM(data []byte) []byte {
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
}

// checkEncoding reports UTF-16 and invalid UTF-8 before the parser complains about
// odd characters.
func checkEncoding(src *source, data []byte) *Error {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return src.errorAt(0, "", "this is UTF-16 text; save the file as UTF-8")
	}
	for offset := 0; offset < len(data); {
		r, size := utf8.DecodeRune(data[offset:])
		if r == utf8.RuneError && size <= 1 {
			return src.errorAt(offset, "", fmt.Sprintf(
				"the byte 0x%02x is not UTF-8 text; save the file as UTF-8", data[offset]))
		}
		offset += size
	}
	return nil
}

func syntaxError(src *source, data []byte, err error) *Error {
	message := "not valid TOML: " + strings.Map(noControls, strings.TrimPrefix(err.Error(), "toml: "))
	decodeErr := (*toml.DecodeError)(nil)
	if !errors.As(err, &decodeErr) || src.file == "" {
		return src.errorAt(0, "", message)
	}
	line, column := decodeErr.Position()
	advice := "; keep one of the two"
	if !strings.Contains(message, " already ") {
		advice = quotesAdvice(data[src.lines[line-1]:], column)
	}
	return &Error{
		File: src.file, Line: line, Column: column,
		Key:     dotted(decodeErr.Key()),
		Message: message + advice,
	}
}

// quotesAdvice is for the most common slip, `quiet = 30ms`: it shows the line with
// the missing quotes. The text starts with the line in error.
func quotesAdvice(text []byte, column int) string {
	line, _, _ := strings.Cut(string(text), "\n")
	key, val, ok := strings.Cut(line, "=")
	if !ok || column <= len(key) {
		return ""
	}
	val, _, _ = strings.Cut(val, "#")
	// Word processors write these quotes.
	key, val = strings.TrimSpace(key), strings.Trim(strings.TrimSpace(val), "“”‘’")
	lower := strings.ToLower(val)
	switch {
	case !isBare(strings.ReplaceAll(key, ".", "")) || strings.ContainsAny(val, "\"'\\[]{}"):
		return "" // more is wrong than missing quotes
	case !strings.ContainsFunc(val, unicode.IsLetter):
		return ""
	case lower == "true" || lower == "false":
		return "; write " + lower
	default:
		return fmt.Sprintf("; text goes in plain quotes: %s = %s", shorten(key), quote(shorten(val)))
	}
}

// noControls replaces what would garble a terminal: go-toml quotes keys as they
// are.
func noControls(r rune) rune {
	if unicode.IsControl(r) {
		return unicode.ReplacementChar
	}
	return r
}
