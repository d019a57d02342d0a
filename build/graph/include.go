package graph

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"hotreload/build/gocmd"
	"hotreload/internal/paths"
)

// The go command knows the C files in the directory of a package and nothing of what they
// include from elsewhere. The compiler tells.

// includesAtMost bounds how long the compiler may take to tell what a package includes.
// One that reads a pipe would wait forever.
const includesAtMost = 10 * time.Second

const awaitedHeader = "a header that C code of the app includes, and that is not there"

// Included is what the C code of a package includes that the go command does not know.
type Included struct {
	Package string   // its name
	Files   []string // absolute paths
}

// Included is what C code includes that the go command does not know, by the directory of
// its package.
func (g *Graph) Included() map[string]Included {
	if g == nil {
		return nil
	}
	return g.unlisted.included
}

// include adds what the C code of packages includes. As many compilers are asked at a time
// as there are cores.
func (g *Graph) include(ctx context.Context, run *gocmd.Runner, o gocmd.Options, all []gocmd.Package, env map[string]string) {
	var asked []inclusion
	for _, p := range all {
		if len(p.CgoFiles) > 0 && changeable(p, env) {
			asked = append(asked, inclusion{run: run, set: o.Env, env: env, pkg: p})
		}
	}
	if len(asked) == 0 {
		return
	}
	system := append(asked[0].systemDirs(ctx), env["GOROOT"], env["GOMODCACHE"])
	found := make([][]string, len(asked))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var asking sync.WaitGroup
	for n, one := range asked {
		slots <- struct{}{}
		asking.Go(func() {
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, includesAtMost)
			defer cancel()
			found[n] = one.files(ctx)
		})
	}
	asking.Wait()
	for n, one := range asked {
		for _, file := range found[n] {
			if !slices.ContainsFunc(system, func(dir string) bool { return dir != "" && paths.Within(file, dir) }) {
				g.addIncluded(one.pkg, file)
			}
		}
	}
}

// addIncluded adds a file that the C code of a package includes, or would include if it
// were there.
func (g *Graph) addIncluded(p gocmd.Package, file string) {
	if g.files[file] != "" && filepath.Dir(file) == p.Dir {
		return // the go command knows it
	}
	if g.unlisted.included == nil {
		g.unlisted.included = map[string]Included{}
	}
	known := g.unlisted.included[p.Dir]
	g.unlisted.included[p.Dir] = Included{p.Name, append(known.Files, file)}
	if g.files[file] != "" {
		return
	}
	if _, err := os.Stat(file); err != nil {
		g.files[file] = awaitedHeader
		return
	}
	g.addHeader(file)
	g.files[file] = "included in package " + p.ImportPath
	c := g.contents[p.ImportPath]
	c.sources = append(c.sources, file)
	g.contents[p.ImportPath] = c
}

// inclusion asks the compiler what one package includes.
type inclusion struct {
	run *gocmd.Runner
	set map[string]string // environment of the build
	env map[string]string // what go env says
	pkg gocmd.Package
}

// files are the absolute paths, sorted, of what C, C++ and Objective-C code includes.
func (i inclusion) files(ctx context.Context) []string {
	tmp, err := os.MkdirTemp(i.run.TempDir(), "hotreload-")
	if err != nil {
		return nil
	}
	defer os.RemoveAll(tmp)
	p := i.pkg
	flags := slices.Concat(strings.Fields(i.env["CGO_CPPFLAGS"]), p.CgoCPPFLAGS, i.packageConfig(ctx))
	c := slices.Concat(flags, strings.Fields(i.env["CGO_CFLAGS"]), p.CgoCFLAGS)
	cxx := slices.Concat(flags, strings.Fields(i.env["CGO_CXXFLAGS"]), p.CgoCXXFLAGS)
	found := i.ask(ctx, i.env["CC"], c, slices.Concat(p.CFiles, p.MFiles, p.SFiles, preambles(p, tmp)))
	if len(p.CXXFiles) > 0 {
		found = append(found, i.ask(ctx, i.env["CXX"], cxx, slices.Clone(p.CXXFiles))...)
	}
	slices.Sort(found)
	return slices.DeleteFunc(slices.Compact(found), func(file string) bool {
		return filepath.Base(file) == "_cgo_export.h" || paths.Within(file, tmp)
	})
}

// packageConfig are the flags that pkg-config names.
func (i inclusion) packageConfig(ctx context.Context) []string {
	if len(i.pkg.CgoPkgConfig) == 0 {
		return nil
	}
	names := slices.DeleteFunc(slices.Clone(i.pkg.CgoPkgConfig), func(name string) bool { return strings.HasPrefix(name, "-") })
	return strings.Fields(i.call(ctx, slices.Concat([]string{i.env["PKG_CONFIG"], "--cflags", "--"}, names)).Out)
}

// ask has a compiler list what sources include. What is missing is listed at each place
// where it would be found.
func (i inclusion) ask(ctx context.Context, compiler string, flags, sources []string) []string {
	flags, sources = Harmless(flags), slices.DeleteFunc(sources, func(name string) bool { return !isPlain(name) })
	command := append(strings.Fields(compiler), "-M", "-MG", "-iquote", i.pkg.Dir)
	var found []string
	for _, name := range prerequisites(i.call(ctx, slices.Concat(command, flags, sources)).Out) {
		file := gocmd.InDir(name, i.pkg.Dir)
		found = append(found, filepath.Clean(file))
		if _, err := os.Stat(file); err == nil || filepath.IsAbs(name) {
			continue
		}
		for _, flag := range flags {
			if dir, ok := strings.CutPrefix(flag, "-I"); ok && dir != "" {
				found = append(found, filepath.Join(gocmd.InDir(dir, i.pkg.Dir), name))
			}
		}
	}
	for _, source := range sources {
		file := gocmd.InDir(source, i.pkg.Dir)
		found = slices.DeleteFunc(found, func(one string) bool { return one == file })
	}
	return found
}

// call runs a command. What is wrong with it the build will say.
func (i inclusion) call(ctx context.Context, command []string) gocmd.Printed {
	if len(command) == 0 || command[0] == "" {
		return gocmd.Printed{}
	}
	printed, _ := i.run.Execute(ctx, gocmd.Call{Command: command, Dir: i.pkg.Dir, Env: gocmd.Environ(i.pkg.Dir, i.set, "LC_ALL=C")})
	return printed
}

// systemDirs are the directories in which the compiler looks for what comes with the
// system. It changes with the system alone.
func (i inclusion) systemDirs(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, includesAtMost)
	defer cancel()
	printed := i.call(ctx, append(strings.Fields(i.env["CC"]), "-E", "-v", "-x", "c", os.DevNull))
	_, rest, _ := strings.Cut(printed.Err, "search starts here:")
	rest, _, _ = strings.Cut(rest, "End of search list")
	dirs := []string{}
	for line := range strings.Lines(rest) {
		if dir := strings.TrimSuffix(strings.TrimSpace(line), " (framework directory)"); filepath.IsAbs(dir) {
			dirs = append(dirs, filepath.Clean(dir))
		}
	}
	return dirs
}

// Harmless are those flags that say what is included. Others could name programs to run:
// the go command checks them before it builds, and nothing has before we ask.
func Harmless(flags []string) []string {
	var kept []string
	for i := 0; i < len(flags); i++ {
		flag := flags[i]
		switch {
		case slices.Contains([]string{"-I", "-D", "-U", "-iquote", "-isystem", "-idirafter", "-include", "-imacros"}, flag):
			if i+1 == len(flags) || !isPlain(flags[i+1]) {
				continue
			}
			i++
			if flag == "-I" {
				kept = append(kept, "-I"+flags[i])
			} else {
				kept = append(kept, flag, flags[i])
			}
		case strings.HasPrefix(flag, "-I"), strings.HasPrefix(flag, "-D"), strings.HasPrefix(flag, "-U"), strings.HasPrefix(flag, "-std="),
			strings.HasPrefix(flag, "-iquote"), strings.HasPrefix(flag, "-isystem"):
			kept = append(kept, flag)
		}
	}
	return kept
}

// isPlain reports whether a compiler takes an argument for what it says, as the go command
// judges it: not for a flag, and not for a file of flags, which is "@" and its name.
func isPlain(arg string) bool {
	return arg != "" && (arg[0] == '_' || arg[0] == '.' || arg[0] == '/' || arg[0] >= utf8.RuneSelf ||
		'0' <= arg[0] && arg[0] <= '9' || 'A' <= arg[0] && arg[0] <= 'Z' || 'a' <= arg[0] && arg[0] <= 'z')
}

// preambles writes the C code in comments of Go files to files in a directory.
func preambles(p gocmd.Package, dir string) []string {
	var files []string
	for n, name := range p.CgoFiles {
		text := preamble(filepath.Join(p.Dir, name))
		file := filepath.Join(dir, fmt.Sprintf("preamble%d.c", n))
		if text != "" && os.WriteFile(file, []byte(text), 0o600) == nil {
			files = append(files, file)
		}
	}
	return files
}

// preamble is the C code in the comments above import "C", without directives for cgo.
func preamble(file string) string {
	source, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	parsed, _ := parser.ParseFile(token.NewFileSet(), "", source, parser.ImportsOnly|parser.ParseComments|parser.SkipObjectResolution)
	if parsed == nil {
		return ""
	}
	var text strings.Builder
	for _, decl := range parsed.Decls {
		imports, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range imports.Specs {
			one, ok := spec.(*ast.ImportSpec)
			if !ok || one.Path.Value != `"C"` {
				continue
			}
			for _, doc := range []*ast.CommentGroup{imports.Doc, one.Doc} {
				writeC(&text, doc)
			}
		}
	}
	return text.String()
}

// writeC writes the text of comments, without directives for cgo.
func writeC(text *strings.Builder, doc *ast.CommentGroup) {
	if doc == nil {
		return
	}
	for _, comment := range doc.List {
		c := strings.TrimPrefix(comment.Text, "//")
		c = strings.TrimSuffix(strings.TrimPrefix(c, "/*"), "*/")
		for line := range strings.Lines(c) {
			if words := strings.Fields(line); len(words) == 0 || words[0] != "#cgo" {
				text.WriteString(strings.TrimSuffix(line, "\n") + "\n")
			}
		}
	}
}

// directives are the lines of a C file, or of C code in a Go file, that decide what it includes.
func directives(source []byte) string {
	var text strings.Builder
	for line := range bytes.Lines(source) {
		line = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("//")))
		if bytes.HasPrefix(line, []byte("#")) {
			text.WriteString("\n" + string(line))
		}
	}
	return text.String()
}

// prerequisites are the files in rules of make.
func prerequisites(rules string) []string {
	rules = strings.NewReplacer("\\\r\n", " ", "\\\n", " ").Replace(rules)
	const space = "\x00"
	var files []string
	for line := range strings.Lines(rules) {
		_, list, _ := strings.Cut(line, ": ")
		for _, word := range strings.Fields(strings.ReplaceAll(list, `\ `, space)) {
			files = append(files, strings.NewReplacer(space, " ", "$$", "$", `\#`, "#").Replace(word))
		}
	}
	return files
}
