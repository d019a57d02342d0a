package agree

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// kind is a kind of edits. Its function makes the edit with a number, in several ways: one
// of them may not compile.
type kind struct {
	name    string
	changes func(ctx context.Context, c *comparison, n int) ([]change, error)
}

// kinds are made in turn.
var kinds = []kind{
	{"a string in main", func(_ context.Context, c *comparison, n int) ([]change, error) { return c.editString(c.hooks.main, n) }},
	{"a string in a deep package", func(_ context.Context, c *comparison, n int) ([]change, error) { return c.editString(c.hooks.deep, n) }},
	{"a new function", addFunction},
	{"a new type", addType},
	{"a changed signature, with its callers", changeSignature},
	{"a new method of a type in an interface", addMethod},
	{"a new import of a package in the library", addKnownImport},
	{"a new import of a package outside it", addUnknownImport},
	{"an error", func(_ context.Context, c *comparison, n int) ([]change, error) {
		broken, err := makeChange("an error in "+c.hooks.deep.pkg.ImportPath, appended(c.hooks.deep.file, fmt.Sprintf("\nvar agreeError%d int = %q\n", n, marker(n))))
		broken.broken = true
		return []change{broken}, err
	}},
	{"a field and a constant of a package that many import", addField},
}

// rewrite is a new text for a file.
type rewrite struct {
	file string
	text func(string) string
}

func appended(file, more string) rewrite {
	return rewrite{file, func(text string) string { return text + more }}
}

// imported is a file with another import, before all others, and more at its end.
func imported(file, name, path, more string) rewrite {
	return rewrite{file, func(text string) string {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.PackageClauseOnly)
		if err != nil {
			return text
		}
		at := int(parsed.Name.End()) - 1
		return text[:at] + fmt.Sprintf("\n\nimport %s %q", name, path) + text[at:] + more
	}}
}

// makeChange applies rewrites one after the other.
func makeChange(what string, all ...rewrite) (change, error) {
	c := change{what: what, files: map[string]edited{}}
	for _, r := range all {
		f, ok := c.files[r.file]
		if !ok {
			text, err := os.ReadFile(r.file)
			if err != nil {
				return c, err
			}
			f = edited{text, text}
		}
		f.to = []byte(r.text(string(f.to)))
		c.files[r.file] = f
	}
	return c, nil
}

// editString edits what a hook prints, and a message in the package.
func (c *comparison) editString(h hook, n int) ([]change, error) {
	all := []rewrite{h.mark(n)}
	if message, ok := c.someMessage(h.pkg, n); ok {
		all = append(all, message)
	}
	made, err := makeChange("a string in "+h.pkg.ImportPath, all...)
	return []change{made}, err
}

// someMessage is an edit of a text that is an argument of a function that prints or makes
// an error.
func (c *comparison) someMessage(l listed, n int) (rewrite, bool) {
	var found []rewrite
	for _, name := range l.GoFiles {
		file := filepath.Join(l.Dir, name)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			called, ok := call.Fun.(*ast.SelectorExpr)
			text, literal := call.Args[0].(*ast.BasicLit)
			if ok && literal && text.Kind == token.STRING && text.Value[0] == '"' && slices.ContainsFunc([]string{"Print", "Error", "Info", "Warn", "New", "Debug", "Fatal"}, func(prefix string) bool {
				return strings.HasPrefix(called.Sel.Name, prefix)
			}) {
				at := int(text.End()-parsed.FileStart) - 1
				found = append(found, rewrite{file, func(source string) string { return source[:at] + " " + marker(n) + source[at:] }})
			}
			return true
		})
	}
	if len(found) == 0 {
		return rewrite{}, false
	}
	return found[c.random.IntN(len(found))], true
}

func addFunction(_ context.Context, c *comparison, n int) ([]change, error) {
	made, err := makeChange("functions in "+c.hooks.deep.pkg.ImportPath, appended(c.hooks.deep.file, fmt.Sprintf(`
func agreeFunction%[1]d(s string) string { return s + "%[2]s" }

func agreeGeneric%[1]d[K comparable, V any](k K, v V) map[K]V { return map[K]V{k: v} }

func init() {
	println(agreeFunction%[1]d("agree "), len(agreeGeneric%[1]d("a", agreeFunction%[1]d)), len(agreeGeneric%[1]d(%[1]d, error(nil))))
}
`, n, marker(n))))
	return []change{made}, err
}

func addType(_ context.Context, c *comparison, n int) ([]change, error) {
	made, err := makeChange("types in "+c.hooks.deep.pkg.ImportPath, appended(c.hooks.deep.file, fmt.Sprintf(`
type agreeType%[1]d struct{ a, b string }

func (t agreeType%[1]d) String() string { return t.a + t.b }

type agreePair%[1]d[T any] struct{ a, b T }

func (p *agreePair%[1]d[T]) Error() string { return "pair" }

func init() {
	values := map[any]int{agreeType%[1]d{"%[2]s", ""}: 1, agreePair%[1]d[string]{}: 2}
	for _, v := range []any{agreeType%[1]d{"%[2]s", ""}, &agreePair%[1]d[agreeType%[1]d]{}, values} {
		switch v := v.(type) {
		case error:
			println("agree", v.Error())
		case interface{ String() string }:
			println("agree", v.String(), values[v])
		case map[any]int:
			println("agree", len(v), v[agreePair%[1]d[string]{}])
		}
	}
}
`, n, marker(n))))
	return []change{made}, err
}

// addKnownImport imports a package that the app is built from, and that is not the user's.
func addKnownImport(ctx context.Context, c *comparison, n int) ([]change, error) {
	own := map[string]bool{}
	for _, l := range c.project.own {
		own[l.ImportPath] = true
	}
	var paths []string
	for path := range c.project.all {
		if !own[path] && importable(path) {
			paths = append(paths, path)
		}
	}
	return c.addImport(ctx, paths, n)
}

// addUnknownImport imports a package of the standard library that the app is not built from.
func addUnknownImport(ctx context.Context, c *comparison, n int) ([]change, error) {
	text, err := c.project.goCommand(ctx, "list", "std")
	if err != nil {
		return nil, err
	}
	paths := slices.DeleteFunc(strings.Fields(string(text)), func(path string) bool { return c.project.all[path] || !importable(path) })
	return c.addImport(ctx, paths, n)
}

// importable reports whether packages of any module may import a path.
func importable(path string) bool {
	elements := strings.Split(path, "/")
	return !slices.Contains(elements, "internal") && elements[0] != "vendor" && path != "unsafe" && path != "plugin" && path != "runtime/race"
}

// addImport has the deep or the main package import one of some paths, and use a function
// and a type of it.
func (c *comparison) addImport(ctx context.Context, paths []string, n int) ([]change, error) {
	slices.Sort(paths)
	c.random.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	loaded, err := packages.Load(&packages.Config{
		Context: ctx, Dir: c.project.root, Mode: packages.NeedName | packages.NeedTypes | packages.NeedExportFile,
	}, paths[:min(len(paths), mostTried)]...)
	if err != nil {
		return nil, err
	}
	var all []change
	for _, l := range loaded {
		use := usesOf(l, n)
		if use == "" {
			continue
		}
		h := c.hooks.main
		if c.random.IntN(2) == 0 {
			h = c.hooks.deep
		}
		made, err := makeChange(h.pkg.ImportPath+" imports "+l.PkgPath, imported(h.file, fmt.Sprintf("agree%d", n), l.PkgPath, use))
		if err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	return all, nil
}
