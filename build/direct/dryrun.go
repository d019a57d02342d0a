package direct

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hotreload/build/gocmd"
)

// dryRun is the output of "go build -n": the files it would write for its tools,
// and the calls of compiler and linker. Paths below its work directory begin with
// "$WORK".
//
// The format is not an interface of the go command. What this parser does not know
// is an error or makes its package opaque, and then the go command builds.
type dryRun struct {
	files    map[string]string // path -> text
	compiles []toolCall
	link     *toolCall
	opaque   map[string]bool // work directories of packages that more than the compiler works on
}

// toolCall is one call of the compiler or the linker.
type toolCall struct {
	env  []string // set besides the environment, KEY=value
	args []string // the tool's path first
	dir  string   // where it runs
}

// askDryRun asks the go command what a go build would do, with more flags in front.
func askDryRun(ctx context.Context, run *gocmd.Runner, command []string, env map[string]string, more ...string) (*dryRun, error) {
	env = maps.Clone(env)
	if env == nil {
		env = map[string]string{}
	}
	env["GODEBUG"] = "" // which may print, too
	printed, err := run.Execute(ctx, gocmd.Call{
		Command: slices.Concat(command[:2], []string{"-n"}, more, command[2:]), Dir: run.Root, Env: gocmd.Environ(run.Root, env),
	})
	if err := gocmd.Explain(ctx, printed, err); err != nil {
		return nil, err
	}
	return parseDryRun(printed.Err, run.Root)
}

// parseDryRun reads what the go command prints when it runs in root.
func parseDryRun(text, root string) (*dryRun, error) {
	d := &dryRun{files: map[string]string{}, opaque: map[string]bool{}}
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	dir := root
	for lines.Scan() {
		line := lines.Text()
		verb, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#") || verb == "mkdir" || verb == "rm" || verb == "mv" || verb == "cp":
		case verb == "cd":
			dir = rest
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(root, dir)
			}
		case verb == "cat" && strings.HasPrefix(rest, ">"):
			path, ok := strings.CutSuffix(rest[1:], " << 'EOF' # internal")
			if !ok {
				return nil, fmt.Errorf("go build -n: not understood: %q", line)
			}
			d.files[path] = hereDocument(lines)
		case verb == "echo":
			if path, text, ok := echoed(rest); ok {
				d.files[path] = text
			} else {
				d.obscure(line)
			}
		case isTool(line, "buildid"):
		default:
			d.command(line, dir)
		}
	}
	return d, lines.Err()
}

// hereDocument reads up to the line that ends with the mark. The mark follows the
// text without a line break if the text ends without one.
func hereDocument(lines *bufio.Scanner) string {
	var text strings.Builder
	for lines.Scan() {
		last, ends := strings.CutSuffix(lines.Text(), "EOF")
		text.WriteString(last)
		if ends {
			break
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// echoed reads the rest of an "echo" line in the two forms that write a file.
func echoed(rest string) (path, text string, ok bool) {
	if path, ok := strings.CutPrefix(rest, "-n > "); ok {
		path, ok = strings.CutSuffix(path, " # internal")
		return path, "", ok
	}
	text, path, ok = strings.Cut(strings.TrimPrefix(rest, "'"), "' > ")
	path, internal := strings.CutSuffix(path, " # internal")
	return path, text + "\n", ok && internal && strings.HasPrefix(rest, "'")
}

// isTool reports whether a line calls a tool of Go, by its path or as "go tool".
func isTool(line, tool string) bool {
	words := strings.Fields(line)
	if len(words) > 2 && words[0] == "go" && words[1] == "tool" {
		words = words[2:]
	}
	return len(words) > 0 && strings.TrimSuffix(filepath.Base(words[0]), ".exe") == tool
}

// command reads a line that runs a program.
func (d *dryRun) command(line, dir string) {
	env, args, err := words(line)
	if err != nil || len(args) == 0 {
		d.obscure(line)
		return
	}
	call := toolCall{env: env, args: args, dir: dir}
	switch tool := strings.TrimSuffix(filepath.Base(args[0]), ".exe"); {
	case tool == "compile" && filepath.IsAbs(args[0]):
		d.compiles = append(d.compiles, call)
	case tool == "link" && filepath.IsAbs(args[0]) && d.link == nil:
		d.link = &call
	default:
		d.obscure(line)
	}
}

// obscure notes that a package is built by more than what we can repeat.
func (d *dryRun) obscure(line string) {
	for rest := line; ; {
		_, after, found := strings.Cut(rest, "$WORK")
		if !found {
			return
		}
		d.opaque["$WORK"+after[:len(after)-len(strings.TrimLeft(after, workDirectory))]] = true
		rest = after
	}
}

// workDirectory are the characters after $WORK in the name of a package's work
// directory.
const workDirectory = `/\b0123456789`

// words splits a command line as the go command prints it: the environment first,
// words with special characters quoted like Go strings.
func words(line string) (env, args []string, err error) {
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		name, value, set := strings.Cut(line, "=")
		if len(args) == 0 && set && isName(name) {
			if value == "" || value[0] != '\'' {
				value, line, err = word(value)
			} else if value, line, set = strings.Cut(value[1:], "'"); !set {
				err = strconv.ErrSyntax
			}
			env = append(env, name+"="+value)
		} else {
			var arg string
			arg, line, err = word(line)
			args = append(args, arg)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return env, args, nil
}

// word takes the first word of a line.
func word(line string) (word, rest string, err error) {
	if !strings.HasPrefix(line, `"`) {
		word, rest, _ = strings.Cut(line, " ")
		return word, rest, nil
	}
	quoted, err := strconv.QuotedPrefix(line)
	if err != nil {
		return "", "", err
	}
	word, err = strconv.Unquote(quoted)
	return word, line[len(quoted):], err
}

// isName reports whether a word may be the name of an environment variable.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
}
