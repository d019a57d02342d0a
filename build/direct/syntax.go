package direct

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/diag"
	"hotreload/build/gocmd"
)

// checkSyntax parses the files that have changed. Where one is wrong, nothing is worth
// compiling: the error, in the compiler's own words, would come after all the packages
// that are imported.
func (r *Recipe) checkSyntax(ctx context.Context, run *gocmd.Runner, changes *Changes, at Workplace) error {
	var all *diag.Error
	for _, step := range r.steps {
		wrong, lines := unparsable(changes.sources[step])
		if len(wrong) == 0 {
			continue
		}
		var rejected *diag.Error
		err := step.explainSyntax(ctx, run, r.env, wrong, lines, filepath.Join(at.Tmp, "syntax"))
		switch {
		case !errors.As(err, &rejected): // the compiler decides
		case all == nil:
			all = rejected
		default:
			all.Join(rejected)
		}
	}
	if all == nil {
		return context.Cause(ctx)
	}
	return all
}

// unparsable are those of the files that are not Go, with the lines that are wrong, each
// as "file:line:".
func unparsable(files []string) (wrong []string, lines map[string]bool) {
	lines = map[string]bool{}
	for _, file := range files {
		if filepath.Ext(file) != ".go" {
			continue
		}
		_, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution|parser.AllErrors)
		var all scanner.ErrorList
		if !errors.As(err, &all) {
			continue
		}
		wrong = append(wrong, file)
		for _, e := range all {
			lines[fmt.Sprintf("%s:%d:", e.Pos.Filename, e.Pos.Line)] = true
		}
	}
	return wrong, lines
}

// explainSyntax has the compiler say what is wrong with the syntax of files.
func (s *Step) explainSyntax(ctx context.Context, run *gocmd.Runner, env, files []string, lines map[string]bool, out string) error {
	command := slices.Concat([]string{s.call.args[0], "-p", s.Name, "-o", out}, files)
	text, err := run.Run(ctx, command, slices.Concat(env, s.call.env))
	if !strings.Contains(text, ": syntax error: ") {
		// Wrong characters and literals do not stop the compiler. It goes on with
		// imports, which it does not find here.
		if text = about(lines, text); text == "" {
			return nil
		}
	}
	return s.rejection(run, text, err)
}

// about keeps what a compiler says about some lines.
func about(lines map[string]bool, text string) string {
	var kept strings.Builder
	keep := false
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "\t") { // it belongs to the line above
			at := func(place string) bool { return strings.HasPrefix(line, place) }
			keep = slices.ContainsFunc(slices.Collect(maps.Keys(lines)), at) && !strings.Contains(line, ": undefined: ")
		}
		if keep {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// rejection is the error of a compiler that printed text. A *diag.Error is what the go
// command would say; where the code need not be the reason, there is none.
func (s *Step) rejection(run *gocmd.Runner, text string, err error) error {
	var exit *gocmd.ExitError
	if !errors.As(err, &exit) || len(s.Sources) == 0 {
		return err
	}
	for _, doubt := range []string{"could not import", "internal compiler error", "panic: ", "$WORK"} {
		if strings.Contains(text, doubt) {
			return err
		}
	}
	text = "# " + s.Package + "\n" + shorten(text, s.dir(), run.Root)
	rejected := &diag.Error{Diagnostics: diag.Parse(text, run.Root, run.Root), Text: text}
	for _, d := range rejected.Diagnostics {
		if d.File == "" || d.Line == 0 {
			return err
		}
	}
	return rejected
}

// dir is where the package lies. Its Go files come last; what it embeds may lie below.
func (s *Step) dir() string { return filepath.Dir(s.Sources[len(s.Sources)-1]) }

// shorten names files in dir relative to the root, as the go command does.
func shorten(text, dir, root string) string {
	rel, err := filepath.Rel(root, dir)
	if err != nil || len(rel) > len(dir) {
		return text
	}
	for _, before := range []string{"\n", "\t", " "} {
		text = strings.ReplaceAll(before+text, before+dir+string(filepath.Separator), before+rel+string(filepath.Separator))[1:]
	}
	return text
}
