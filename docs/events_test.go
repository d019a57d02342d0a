package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"hotreload/session"
)

// events documents the JSON stream: a section for each type of event that is in it, from
// the comments on its declaration.
func events(t *testing.T) string {
	d := declarationsIn(t, "session")
	var out strings.Builder
	for _, name := range d.order {
		kind := d.kinds[name]
		if kind == "" {
			continue
		}
		fields, inStream := d.fields(name)
		if !inStream {
			continue
		}
		out.WriteString("### " + kind + "\n\n" + d.about(name) + "\n\n")
		if len(fields) > 0 {
			out.WriteString(table([]string{"field", "type", "meaning"}, fields) + "\n")
		}
	}
	return out.String() + diagnostic(t)
}

// diagnostic documents the type of each element of diagnostics, wherever it is declared.
func diagnostic(t *testing.T) string {
	field, ok := reflect.TypeFor[session.BuildError]().FieldByName("Diagnostics")
	if !ok {
		t.Fatal("BuildError has no Diagnostics")
	}
	element := field.Type.Elem()
	module := strings.TrimSuffix(reflect.TypeFor[session.BuildError]().PkgPath(), "session")
	d := declarationsIn(t, strings.TrimPrefix(element.PkgPath(), module))
	fields, _ := d.fields(element.Name())
	return "### A diagnostic\n\nAn element of `diagnostics` is an object:\n\n" + table([]string{"field", "type", "meaning"}, fields)
}

// declarations are what a package declares.
type declarations struct {
	t       *testing.T
	order   []string                 // of the types
	types   map[string]*ast.TypeSpec // by name
	docs    map[string]string        // their comments
	strings map[string][]string      // the constants of each type of string
	kinds   map[string]string        // the event's type, by the name of the Go type
}

func declarationsIn(t *testing.T, dir string) *declarations {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	d := &declarations{
		t: t, types: map[string]*ast.TypeSpec{}, docs: map[string]string{},
		strings: map[string][]string{}, kinds: map[string]string{},
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range syntax.Decls {
			switch decl := decl.(type) {
			case *ast.GenDecl:
				d.addTypes(decl)
				d.addConstants(decl)
			case *ast.FuncDecl:
				d.addKind(decl)
			}
		}
	}
	return d
}

func (d *declarations) addTypes(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		if spec, ok := spec.(*ast.TypeSpec); ok {
			d.order = append(d.order, spec.Name.Name)
			d.types[spec.Name.Name] = spec
			d.docs[spec.Name.Name] = decl.Doc.Text()
		}
	}
}

func (d *declarations) addConstants(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		spec, ok := spec.(*ast.ValueSpec)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		of, ok := spec.Type.(*ast.Ident)
		if !ok {
			continue
		}
		for _, value := range spec.Values {
			if value, ok := value.(*ast.BasicLit); ok {
				d.strings[of.Name] = append(d.strings[of.Name], value.Value)
			}
		}
	}
}

// addKind notes what a method Type returns.
func (d *declarations) addKind(decl *ast.FuncDecl) {
	if decl.Name.Name != "Type" || decl.Recv == nil || len(decl.Body.List) != 1 {
		return
	}
	of, isIdent := decl.Recv.List[0].Type.(*ast.Ident)
	result, isReturn := decl.Body.List[0].(*ast.ReturnStmt)
	if !isIdent || !isReturn {
		return
	}
	if value, ok := result.Results[0].(*ast.BasicLit); ok {
		d.kinds[of.Name] = strings.Trim(value.Value, `"`)
	}
}

// forms are the types that stand for others in the JSON stream.
var forms = map[string]string{"AppOutput": "outputLine"}

// fields are the rows for a type's fields in JSON. A type that has fields, but none in
// JSON, is not in the stream.
func (d *declarations) fields(name string) (rows [][]string, inStream bool) {
	if form := forms[name]; form != "" {
		name = form
	}
	syntax, ok := d.types[name].Type.(*ast.StructType)
	if !ok {
		return nil, false
	}
	for _, field := range syntax.Fields.List {
		if field.Tag == nil {
			continue
		}
		key, _, _ := strings.Cut(reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("json"), ",")
		if key == "" || key == "-" {
			continue
		}
		text := inCode(strings.TrimSpace(field.Comment.Text()))
		typ := d.typeName(field.Type)
		if values := d.strings[identName(field.Type)]; len(values) > 0 {
			text = strings.TrimSuffix(inCode(strings.Join(values, ", "))+"; "+text, "; ")
		}
		if text == "" {
			d.t.Errorf("%s.%s has no comment beside it, and the reference is made of these", name, field.Names[0])
		}
		rows = append(rows, []string{code(key), typ, text})
	}
	return rows, len(rows) > 0 || len(syntax.Fields.List) == 0
}

// about is the first paragraph of a type's comment, without "Name is".
func (d *declarations) about(name string) string {
	text, _, _ := strings.Cut(d.docs[name], "\n\n")
	text, ok := strings.CutPrefix(strings.Join(strings.Fields(text), " "), name+" is ")
	if !ok || text == "" {
		d.t.Errorf("the comment on %s does not begin with %q", name, name+" is ")
		return ""
	}
	return inCode(strings.ToUpper(text[:1]) + text[1:])
}

var quoted = regexp.MustCompile(`"([^"]+)"`)

// inCode marks what is quoted in a comment as code.
func inCode(text string) string {
	return strings.ReplaceAll(quoted.ReplaceAllString(text, "`$1`"), `""`, "empty")
}

func identName(e ast.Expr) string {
	if ident, ok := e.(*ast.Ident); ok {
		return ident.Name
	}
	return ""
}

// typeName is a field's type in the terms of JSON.
func (d *declarations) typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ArrayType:
		if _, ok := e.Elt.(*ast.SelectorExpr); ok {
			return "array of objects"
		}
		return "array of " + d.typeName(e.Elt) + "s"
	case *ast.MapType:
		return "object of strings"
	case *ast.Ident:
		switch e.Name {
		case "int", "int64":
			return "number"
		case "bool":
			return "boolean"
		case "string":
			return "string"
		}
		if len(d.strings[e.Name]) > 0 {
			return "string"
		}
	}
	d.t.Errorf("a field has a type that the reference has no word for: %T", e)
	return ""
}
