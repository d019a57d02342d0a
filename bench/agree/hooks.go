package agree

import (
	"fmt"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// hooks are places in the project where edits show: code at the end of a file that prints
// when the package is initialized.
type hooks struct{ main, deep, wide hook }

// hook is such a place.
type hook struct {
	pkg  listed
	file string
	name string
}

// hook adds to the project, before the first build: a hook in the main package, one in the
// package that is farthest from it, one in the package that most others import, and what
// makes the app tell of itself.
func (p *project) hook(random *rand.Rand) (h hooks, err error) {
	deepest, widest := p.own[0], p.own[0]
	for _, l := range p.own {
		if l.depth > deepest.depth {
			deepest = l
		}
		if l.importers > widest.importers {
			widest = l
		}
	}
	for _, each := range []struct {
		hook *hook
		pkg  listed
		name string
		more string
	}{
		{&h.main, p.main(), "main", ""},
		{&h.deep, deepest, "deep", ""},
		{&h.wide, widest, "wide", "\n// AgreeConstant is for other packages.\nconst AgreeConstant = \"0\"\n"},
	} {
		file, err := each.pkg.someFile(random)
		if err != nil {
			return h, err
		}
		*each.hook = hook{each.pkg, file, each.name}
		if err := appendTo(file, each.more+"\nfunc init() { println(\"agree "+each.name+"\", \"0\") }\n"); err != nil {
			return h, err
		}
	}
	if err := p.useConstant(widest); err != nil {
		return h, err
	}
	return h, os.WriteFile(filepath.Join(p.main().Dir, "agree_probe.go"), []byte(probe), 0o644)
}

// mark is the edit that makes a hook print another text.
func (h hook) mark(n int) rewrite {
	return rewrite{h.file, func(text string) string { return replaceMark(text, `println("agree `+h.name+`", "`, n) }}
}

// replaceMark replaces what stands between a beginning and the next quote.
func replaceMark(text, begin string, n int) string {
	before, after, ok := strings.Cut(text, begin)
	if !ok {
		return text
	}
	return before + begin + marker(n) + after[strings.IndexByte(after, '"'):]
}

// marker is a text without digits, which are not compared everywhere.
func marker(n int) string {
	text := "edit-"
	for _, c := range strconv.Itoa(n) {
		text += string('a' + c - '0')
	}
	return text
}

// someFile is a file of a package whose source is all Go.
func (l listed) someFile(random *rand.Rand) (string, error) {
	if len(l.GoFiles) == 0 {
		return "", fmt.Errorf("package %s has no file without C", l.ImportPath)
	}
	return filepath.Join(l.Dir, l.GoFiles[random.IntN(len(l.GoFiles))]), nil
}

func appendTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// useConstant has a package that imports another one print its constant.
func (p *project) useConstant(wide listed) error {
	for _, l := range p.own {
		if !slices.Contains(l.Imports, wide.ImportPath) {
			continue
		}
		for _, name := range l.GoFiles {
			file := filepath.Join(l.Dir, name)
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range parsed.Imports {
				if path, err := strconv.Unquote(spec.Path.Value); err != nil || path != wide.ImportPath {
					continue
				}
				local := wide.Name
				if spec.Name != nil {
					local = spec.Name.Name + "."
				}
				local = strings.TrimSuffix(local, ".") + "."
				if local == "_." {
					continue
				}
				return appendTo(file, "\nfunc init() { println(\"agree constant\", "+strings.TrimPrefix(local, ".")+"AgreeConstant) }\n")
			}
		}
	}
	return nil // it is the main package
}

// probe makes an app tell of itself.
const probe = `package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
)

type agreeProbe[T any] struct{ of T }

//go:noinline
func (p *agreeProbe[T]) fail(what string) { func() { panic(fmt.Sprint(what, p.of)) }() }

func init() {
	switch os.Getenv("` + probeVariable + `") {
	case "info":
		info, ok := debug.ReadBuildInfo()
		path, err := os.Executable()
		fmt.Println(ok, info, filepath.Base(path), err, runtime.Version())
		os.Exit(7)
	case "trace":
		(&agreeProbe[map[string]int]{}).fail("agree")
	}
}
`
