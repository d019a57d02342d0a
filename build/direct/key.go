package direct

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// key names the package that a step compiles by all that goes into it: the compiler,
// its arguments and environment, the text of the sources, and what it sees of the
// packages that it imports. object is where a package lies.
func (s *Step) key(env []string, object func(pkg string) string, store *Store) (string, error) {
	sum := sha256.New()
	tool, err := os.Stat(s.call.args[0])
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "%q %d %d\n", s.call.args[0], tool.Size(), tool.ModTime().UnixNano())
	for i, arg := range s.call.args[1:] {
		switch before := s.call.args[i]; {
		case before == "-buildid", before == "-o", before == "-importcfg", before == "-embedcfg":
		case strings.HasPrefix(arg, "-c="): // how many threads compile
		default:
			fmt.Fprintf(sum, "%q ", strings.ReplaceAll(arg, s.work, "$WORK"))
		}
	}
	fmt.Fprintf(sum, "\n%q\n%q\n", goSettings(env, s.call.env), s.embedcfg)
	for line := range strings.Lines(s.importcfg) {
		if rest, ok := strings.CutPrefix(line, "packagefile "); ok {
			pkg, _, _ := strings.Cut(rest, "=")
			export, err := store.export(object(pkg))
			if err != nil {
				return "", err
			}
			line = pkg + " " + export + "\n"
		}
		io.WriteString(sum, line)
	}
	for _, path := range s.Sources {
		if err := addFile(sum, path); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// state changes when a source is written to, even if its text is then the same again.
func (s *Step) state() string {
	var text strings.Builder
	for _, path := range s.Sources {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&text, "%d %d\n", info.Size(), info.ModTime().UnixNano())
		}
	}
	return text.String()
}

// addFile adds a file with its content, and its length so that none runs into the next.
func addFile(sum io.Writer, path string) error {
	text, err := os.ReadFile(path)
	if err == nil {
		_, err = fmt.Fprintf(sum, "%q %d\n%s", path, len(text), text)
	}
	return err
}

// goSettings are the variables that the compiler may read, the last value of each.
func goSettings(env ...[]string) []string {
	last := map[string]string{}
	for _, kv := range slices.Concat(env...) {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case !strings.HasPrefix(name, "GO"), name == "GOGCCFLAGS", name == "GOTMPDIR": // name a new directory each time
		default:
			last[name] = kv
		}
	}
	return slices.Sorted(maps.Values(last))
}
