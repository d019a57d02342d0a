package config

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// Write prints the effective config as TOML that Load accepts, and where each
// value comes from.
func (l *Loaded) Write(w io.Writer) error {
	file := l.File
	if file == "" {
		file = "no config file"
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s, in effect in %s\n", printable(file), printable(l.Root))
	config := reflect.ValueOf(l.Config)
	for _, table := range schema(config.Type()).children {
		fmt.Fprintf(&out, "\n[%s]\n", table.path)
		// Aligns values and origins within the table.
		columns := tabwriter.NewWriter(&out, 0, 0, 1, ' ', 0)
		var lists []*node // last: what follows a [[header]] belongs to it
		for _, key := range table.children {
			if key.isTables() {
				lists = append(lists, key)
				continue
			}
			l.writeKey(columns, key, config.FieldByIndex(key.index))
		}
		columns.Flush()
		slices.SortStableFunc(lists, func(a, b *node) int { // empty ones first: they belong to the table
			return min(config.FieldByIndex(a.index).Len(), 1) - min(config.FieldByIndex(b.index).Len(), 1)
		})
		for _, list := range lists {
			l.writeTables(&out, list, config.FieldByIndex(list.index))
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

func (l *Loaded) writeKey(w io.Writer, key *node, v reflect.Value) {
	if !key.isMap() || v.Len() == 0 {
		fmt.Fprintf(w, "%s\t= %s\t # %s\n", key.name, formatValue(v), printable(l.Origins[key.path]))
		return
	}
	// One line per entry: each has its own origin.
	entries := v.Interface().(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		entry := formatKey(name)
		origin := l.Origins[key.path+"."+entry]
		fmt.Fprintf(w, "%s.%s\t= %s\t # %s\n", key.name, entry, quote(entries[name]), printable(origin))
	}
}

// writeTables prints a list of tables, each under its own header.
func (l *Loaded) writeTables(out *bytes.Buffer, list *node, v reflect.Value) {
	if v.Len() == 0 {
		fmt.Fprintf(out, "%s = []  # %s\n", list.name, printable(l.Origins[list.path]))
	}
	for i := range v.Len() {
		fmt.Fprintf(out, "\n[[%s]]\n", list.path)
		columns := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
		for _, key := range list.children {
			origin := l.Origins[list.item(i)+"."+key.name]
			fmt.Fprintf(columns, "%s\t= %s\t # %s\n", key.name, formatValue(v.Index(i).FieldByIndex(key.index)), printable(origin))
		}
		columns.Flush()
	}
}

// formatValue writes a field's value as TOML.
func formatValue(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return quote(x.String())
	case string:
		return quote(x)
	case []string:
		items := make([]string, len(x))
		for i, item := range x {
			items[i] = quote(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]string:
		if len(x) == 0 {
			return "{}"
		}
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(x)) {
			pairs = append(pairs, formatKey(name)+" = "+quote(x[name]))
		}
		return "{ " + strings.Join(pairs, ", ") + " }"
	}
	if v.Kind() == reflect.Slice {
		return formatTables(v)
	}
	return fmt.Sprint(v.Interface()) // Go and TOML write booleans and numbers alike
}

// formatTables writes a list of tables on one line.
func formatTables(v reflect.Value) string {
	tables := make([]string, v.Len())
	for i := range tables {
		var pairs []string
		for f := range v.Index(i).NumField() {
			pairs = append(pairs, v.Type().Elem().Field(f).Tag.Get("toml")+" = "+formatValue(v.Index(i).Field(f)))
		}
		tables[i] = "{ " + strings.Join(pairs, ", ") + " }"
	}
	return "[" + strings.Join(tables, ", ") + "]"
}

func formatKey(name string) string {
	if isBare(name) {
		return name
	}
	return quote(name)
}

// quote writes a TOML string. Messages quote text with it, too: it cannot garble
// a terminal.
func quote(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case unicode.IsControl(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
