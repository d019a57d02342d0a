package agree

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// This file has the edits for which one has to know the types.

// usesOf is code that uses what a package exports, which is imported by the name agreeN; or "".
func usesOf(l *packages.Package, n int) string {
	if l.Types == nil || l.Name == "main" {
		return ""
	}
	var function, named string
	scope := l.Types.Scope()
	for _, name := range scope.Names() {
		object := scope.Lookup(name)
		if !object.Exported() {
			continue
		}
		switch o := object.(type) {
		case *types.Func:
			if o.Signature().TypeParams().Len() == 0 && function == "" {
				function = name
			}
		case *types.TypeName:
			if t, ok := o.Type().(*types.Named); ok && t.TypeParams().Len() == 0 && named == "" && !types.IsInterface(t) {
				named = name
			}
		}
	}
	var text string
	if function != "" {
		text += fmt.Sprintf("\nvar agreeFunction%[1]d any = agree%[1]d.%[2]s\n\nfunc init() { println(\"agree\", agreeFunction%[1]d != nil) }\n", n, function)
	}
	if named != "" {
		text += fmt.Sprintf(`
var agreeValue%[1]d any = new(agree%[1]d.%[2]s)

func init() {
	_, is := agreeValue%[1]d.(*agree%[1]d.%[2]s)
	_, fails := agreeValue%[1]d.(error)
	println("agree", is, fails)
}
`, n, named)
	}
	return text
}

// source is a file of the tree.
type source struct {
	file *ast.File
	path string
	of   *packages.Package
}

// sources are the files of the own packages that can be edited.
func (p *project) sources(all []*packages.Package) []source {
	var found []source
	for _, l := range all {
		for _, f := range l.Syntax {
			path := l.Fset.PositionFor(f.FileStart, false).Filename
			usesC := slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == `"C"` })
			if strings.HasPrefix(path, p.tree+string(filepath.Separator)) && !usesC {
				found = append(found, source{f, path, l})
			}
		}
	}
	return found
}

func (s source) offset(pos token.Pos) int { return s.of.Fset.PositionFor(pos, false).Offset }

// insertion is a text at an offset of a file.
type insertion struct {
	path string
	at   int
	text string
}

// inserted makes all insertions at once.
func inserted(all []insertion) []rewrite {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b insertion) int { return cmp.Compare(b.at, a.at) })
	var found []rewrite
	for _, i := range all {
		found = append(found, rewrite{i.path, func(text string) string { return text[:i.at] + i.text + text[i.at:] }})
	}
	return found
}

// function is one whose signature can be changed.
type function struct {
	name  string
	edits []insertion
	calls int
	far   bool // a call is in another package
	not   bool // it is used otherwise than by calls
}

// changeSignature gives a function another parameter, and its calls an argument.
func changeSignature(ctx context.Context, c *comparison, n int) ([]change, error) {
	loaded, err := c.project.load(ctx)
	if err != nil {
		return nil, err
	}
	sources := c.project.sources(loaded)
	found := map[string]*function{}
	for _, s := range sources {
		for _, d := range s.file.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil && d.Body != nil && d.Doc == nil && d.Type.TypeParams == nil && d.Name.Name != "main" && d.Name.Name != "init" && named(d.Type.Params) {
				text := fmt.Sprintf("agree%d string", n)
				if d.Type.Params.NumFields() > 0 {
					text += ", "
				}
				found[s.of.PkgPath+"."+d.Name.Name] = &function{name: s.of.PkgPath + "." + d.Name.Name, edits: []insertion{
					{s.path, s.offset(d.Type.Params.Opening) + 1, text},
					{s.path, s.offset(d.Body.Lbrace) + 1, fmt.Sprintf("\n\tif agree%d != %q {\n\t\tpanic(agree%[1]d)\n\t}\n", n, marker(n))},
				}}
			}
		}
	}
	for _, s := range sources {
		s.calls(found, marker(n))
	}
	var near, far []*function
	for _, f := range found {
		switch {
		case f.not || f.calls == 0:
		case f.far:
			far = append(far, f)
		default:
			near = append(near, f)
		}
	}
	for _, all := range [][]*function{near, far} {
		slices.SortFunc(all, func(a, b *function) int { return cmp.Compare(a.name, b.name) })
		c.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	var changes []change
	for _, f := range slices.Concat(far, near) {
		made, err := makeChange(fmt.Sprintf("%s, which is called %d times", f.name, f.calls), inserted(f.edits)...)
		if err != nil {
			return nil, err
		}
		if changes = append(changes, made); len(changes) == mostTried {
			break
		}
	}
	return changes, nil
}

// named reports whether all parameters have names.
func named(params *ast.FieldList) bool {
	return !slices.ContainsFunc(params.List, func(f *ast.Field) bool { return len(f.Names) == 0 })
}

// calls notes the calls of functions in a file, and other uses.
func (s source) calls(found map[string]*function, argument string) {
	called := map[*ast.Ident]bool{}
	ast.Inspect(s.file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		var name *ast.Ident
		switch fun := call.Fun.(type) {
		case *ast.Ident:
			name = fun
		case *ast.SelectorExpr:
			name = fun.Sel
		default:
			return true
		}
		f := s.uses(name, found)
		if f == nil {
			return true
		}
		called[name] = true
		text := fmt.Sprintf("%q", argument)
		if len(call.Args) > 0 {
			text += ", "
		}
		if len(call.Args) == 1 {
			if _, several := s.of.TypesInfo.TypeOf(call.Args[0]).(*types.Tuple); several {
				f.not = true
			}
		}
		f.calls++
		f.far = f.far || !strings.HasPrefix(f.name, s.of.PkgPath+".")
		f.edits = append(f.edits, insertion{s.path, s.offset(call.Lparen) + 1, text})
		return true
	})
	for name := range s.of.TypesInfo.Uses {
		if name.Pos() >= s.file.FileStart && name.Pos() < s.file.FileEnd && !called[name] {
			if f := s.uses(name, found); f != nil {
				f.not = true
			}
		}
	}
}

// uses is the function that a name stands for, or nil.
func (s source) uses(name *ast.Ident, found map[string]*function) *function {
	f, ok := s.of.TypesInfo.Uses[name].(*types.Func)
	if !ok || f.Pkg() == nil || f.Signature().Recv() != nil {
		return nil
	}
	return found[f.Pkg().Path()+"."+f.Name()]
}

// addMethod gives a type another method, which only a type assertion finds.
func addMethod(ctx context.Context, c *comparison, n int) ([]change, error) {
	return c.editTypes(ctx, func(s source, spec *ast.TypeSpec, t *types.Named) (change, bool, error) {
		if types.IsInterface(t) || types.NewMethodSet(types.NewPointer(t)).Len() == 0 {
			return change{}, false, nil
		}
		if _, pointer := t.Underlying().(*types.Pointer); pointer {
			return change{}, false, nil
		}
		made, err := makeChange("a method of "+t.String(), appended(s.path, fmt.Sprintf(`
func (*%[1]s) Agree%[2]d() string { return "%[3]s" }

func init() {
	var v any = new(%[1]s)
	println("agree", v.(interface{ Agree%[2]d() string }).Agree%[2]d())
}
`, spec.Name.Name, n, marker(n))))
		return made, true, err
	})
}

// addField gives a struct of a widely imported package another field, and its constant
// another value.
func addField(ctx context.Context, c *comparison, n int) ([]change, error) {
	return c.editTypes(ctx, func(s source, spec *ast.TypeSpec, t *types.Named) (change, bool, error) {
		declared, ok := spec.Type.(*ast.StructType)
		wide := slices.ContainsFunc(c.project.own, func(l listed) bool {
			return l.ImportPath == s.of.PkgPath && l.importers >= c.hooks.wide.pkg.importers/2
		})
		if !ok || !wide || !t.Obj().Exported() {
			return change{}, false, nil
		}
		field := insertion{s.path, s.offset(declared.Fields.Opening) + 1, fmt.Sprintf("\n\tagree%d [3]string\n", n)}
		made, err := makeChange("a field of "+t.String(), append(inserted([]insertion{field}),
			rewrite{c.hooks.wide.file, func(text string) string { return replaceMark(text, `const AgreeConstant = "`, n) }})...)
		return made, true, err
	})
}

// editTypes makes edits of types that are no generic ones.
func (c *comparison) editTypes(ctx context.Context, edit func(s source, spec *ast.TypeSpec, t *types.Named) (change, bool, error)) ([]change, error) {
	loaded, err := c.project.load(ctx)
	if err != nil {
		return nil, err
	}
	var changes []change
	sources := c.project.sources(loaded)
	c.random.Shuffle(len(sources), func(i, j int) { sources[i], sources[j] = sources[j], sources[i] })
	for _, s := range sources {
		for _, d := range s.file.Decls {
			d, ok := d.(*ast.GenDecl)
			if !ok || d.Tok != token.TYPE {
				continue
			}
			for _, spec := range d.Specs {
				spec := spec.(*ast.TypeSpec)
				t, ok := s.of.TypesInfo.TypeOf(spec.Name).(*types.Named)
				if !ok || spec.TypeParams != nil || spec.Assign.IsValid() {
					continue
				}
				made, fits, err := edit(s, spec, t)
				if err != nil {
					return nil, err
				}
				if fits && len(changes) < mostTried {
					changes = append(changes, made)
				}
			}
		}
	}
	return changes, nil
}
