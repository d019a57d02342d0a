package airimport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"hotreload/internal/config"
)

// airFile is the part of an air config that is translated. For air "", 0 and false
// mean not set.
type airFile struct {
	Root        string   `toml:"root"`
	TmpDir      string   `toml:"tmp_dir"`
	TestdataDir string   `toml:"testdata_dir"`
	EnvFiles    []string `toml:"env_files"`
	Build       struct {
		Commands
		IncludeExt    []string  `toml:"include_ext"`
		IncludeDir    []string  `toml:"include_dir"`
		IncludeFile   []string  `toml:"include_file"`
		ExcludeDir    []string  `toml:"exclude_dir"`
		ExcludeFile   []string  `toml:"exclude_file"`
		ExcludeRegex  []string  `toml:"exclude_regex"`
		Poll          bool      `toml:"poll"`
		PollInterval  int       `toml:"poll_interval"`
		SendInterrupt bool      `toml:"send_interrupt"`
		KillDelay     any       `toml:"kill_delay"` // milliseconds, or a duration such as "1s"
		Rules         []rule    `toml:"rules"`
		Windows       *Commands `toml:"windows"`
		Darwin        *Commands `toml:"darwin"`
		Linux         *Commands `toml:"linux"`
	} `toml:"build"`
	Proxy struct {
		Enabled         bool `toml:"enabled"`
		ProxyPort       int  `toml:"proxy_port"`
		AppPort         int  `toml:"app_port"`
		AppStartTimeout int  `toml:"app_start_timeout"`
	} `toml:"proxy"`
}

// Commands are the settings that can differ by system.
type Commands struct {
	PreCmd     []string `toml:"pre_cmd"`
	Cmd        string   `toml:"cmd"`
	PostCmd    []string `toml:"post_cmd"`
	Bin        string   `toml:"bin"`
	Entrypoint any      `toml:"entrypoint"` // a string, or a list
	FullBin    string   `toml:"full_bin"`
	ArgsBin    []string `toml:"args_bin"`
}

// rule is a [[build.rules]] table.
type rule struct {
	Cmd          string   `toml:"cmd"`
	IncludeDir   []string `toml:"include_dir"`
	IncludeExt   []string `toml:"include_ext"`
	IncludeFile  []string `toml:"include_file"`
	ExcludeRegex []string `toml:"exclude_regex"`
}

// read parses the text, and lists what it sets.
func read(text []byte, name string) (airFile, map[string]any, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	var file airFile
	var tree map[string]any
	err := toml.Unmarshal(text, &tree)
	if err == nil {
		err = toml.Unmarshal(text, &file)
	}
	if err != nil {
		return file, nil, syntaxError(name, err)
	}
	if bytes.ContainsRune(text, 0) || holdsNUL(tree) {
		return file, nil, &config.Error{File: name, Line: 1, Column: 1, Message: "read the air config: a string contains a NUL character; remove it"}
	}
	values := map[string]any{}
	flatten(values, "", tree)
	if len(tree) > 0 && !slices.ContainsFunc(slices.Collect(maps.Keys(tree)), isTop) {
		return file, nil, &config.Error{File: name, Line: 1, Column: 1, Message: fmt.Sprintf(
			"not an air config: it has no [build] table and no root, only %s; name the right file with --from-air=FILE",
			strings.Join(slices.Sorted(maps.Keys(tree)), ", "))}
	}
	return file, values, nil
}

func syntaxError(name string, err error) error {
	bad := &config.Error{File: name, Line: 1, Column: 1, Message: "read the air config: " + strings.TrimPrefix(err.Error(), "toml: ")}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		bad.Line, bad.Column = at.Position()
		bad.Key = strings.Join(at.Key(), ".")
	}
	bad.Message += "; air cannot read it either, so fix it first"
	return bad
}

// isTop reports whether an air config has this table or key at the top.
func isTop(key string) bool {
	return slices.Contains([]string{"root", "tmp_dir", "testdata_dir", "env_files", "build", "proxy", "misc", "screen"}, key)
}

// isKey reports whether a step of the conversion reads this key.
func isKey(key string) bool {
	t := reflect.TypeFor[airFile]()
	for part := range strings.SplitSeq(key, ".") {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return false
		}
		field, ok := t.FieldByNameFunc(func(name string) bool {
			f, _ := t.FieldByName(name)
			return f.Tag.Get("toml") == part
		})
		if !ok {
			return false
		}
		t = field.Type
	}
	return true
}

// flatten gives each value its dotted key. A list of tables is one value.
func flatten(into map[string]any, prefix string, tree map[string]any) {
	for name, value := range tree {
		key := strings.TrimPrefix(prefix+"."+name, ".")
		if table, ok := value.(map[string]any); ok {
			flatten(into, key, table)
		} else {
			into[key] = value
		}
	}
}

func holdsNUL(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		return slices.ContainsFunc(v, holdsNUL)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), holdsNUL)
	}
	return false
}

// override replaces general commands by those for a system, and lists the replaced
// ones.
func (f *airFile) override(values map[string]any, goos string) (overridden []config.Left) {
	own := map[string]*Commands{"windows": f.Build.Windows, "darwin": f.Build.Darwin, "linux": f.Build.Linux}[goos]
	if own == nil {
		return nil
	}
	from, to := reflect.ValueOf(own).Elem(), reflect.ValueOf(&f.Build.Commands).Elem()
	for i := range from.NumField() {
		if from.Field(i).IsZero() {
			continue
		}
		to.Field(i).Set(from.Field(i))
		name := from.Type().Field(i).Tag.Get("toml")
		general, special := "build."+name, "build."+goos+"."+name
		if value, set := values[general]; set {
			overridden = append(overridden, left(general, show(value), special+" replaces it here"))
		}
		values[general] = values[special]
		delete(values, special)
	}
	return overridden
}

// show writes a value on one line, much like TOML.
func show(value any) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(out.String())
}
