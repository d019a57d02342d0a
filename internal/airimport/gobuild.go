package airimport

import (
	"path"
	"slices"
	"strings"
)

// goBuild is what a `go build` or `go run` says.
type goBuild struct {
	flags   []string
	tags    []string
	race    bool
	debug   bool
	output  string
	chdir   string
	pkg     word
	args    []string // after the package: of the app, with go run
	unknown []word   // flags whose values are known only at run time
}

// valued are the flags of go build that take a value.
var valued = []string{
	"o", "p", "C", "asmflags", "buildmode", "compiler", "gccgoflags", "gcflags", "installsuffix", "ldflags",
	"mod", "modfile", "overlay", "pgo", "pkgdir", "tags", "toolexec", "coverpkg", "covermode", "exec",
}

// parseGoBuild reads the words after `go build` or, with run, `go run`.
func parseGoBuild(words []word, run bool) goBuild {
	var b goBuild
	for len(words) > 0 {
		text := words[0].value()
		if moreFlags(words) {
			b.unknown = append(b.unknown, words[0])
			words = words[1:]
			continue
		}
		if !strings.HasPrefix(text, "-") || text == "-" {
			break
		}
		name, value, joined := strings.Cut(strings.TrimLeft(text, "-"), "=")
		flag := words[0]
		words = words[1:]
		if !joined && slices.Contains(valued, name) && len(words) > 0 {
			value = words[0].value()
			flag = word{flag.text + " " + words[0].text, nil, flag.known && words[0].known}
			words = words[1:]
			joined = true
		}
		b.flag(name, value, joined, flag)
	}
	b.target(words, run)
	return b
}

// moreFlags reports whether the first word is a variable that stands for flags: what
// follows are flags, or a package.
func moreFlags(words []word) bool {
	return !words[0].known && strings.HasPrefix(words[0].text, "$") && len(words) > 1 &&
		(strings.HasPrefix(words[1].text, "-") || strings.HasPrefix(words[1].text, "$") || isPackage(words[1]))
}

// isPackage reports whether a word looks like a package, or like the file of one.
func isPackage(w word) bool {
	return strings.HasPrefix(w.value(), ".") || strings.ContainsAny(w.value(), "/") || strings.HasSuffix(w.value(), ".go")
}

func (b *goBuild) flag(name, value string, joined bool, written word) {
	switch {
	case !written.known && name != "o":
		b.unknown = append(b.unknown, written)
	case name == "o":
		b.output = value
	case name == "C":
		b.chdir = value
	case name == "tags":
		b.tags = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
	case name == "race":
		b.race = value != "false"
	case name == "gcflags" && strings.Contains(value, "-N") && strings.Contains(value, "-l"):
		b.debug = true
	case joined:
		b.flags = append(b.flags, "-"+name+"="+value)
	default:
		b.flags = append(b.flags, "-"+name)
	}
}

// target reads the package, or the files of one, and what follows.
func (b *goBuild) target(words []word, run bool) {
	b.pkg = word{text: ".", fields: []string{"."}, known: true}
	if len(words) > 0 {
		b.pkg, words = words[0], words[1:]
	}
	if name := b.pkg.text; strings.HasSuffix(name, ".go") || b.pkg.known && strings.HasSuffix(b.pkg.value(), ".go") {
		dir := path.Dir(b.pkg.value())
		if dir != "." && !strings.HasPrefix(dir, ".") && !path.IsAbs(dir) {
			dir = "./" + dir
		}
		b.pkg.fields = []string{dir}
		for len(words) > 0 && strings.HasSuffix(words[0].text, ".go") {
			words = words[1:]
		}
	}
	if run {
		b.args, _ = args(words)
	}
}

// in names the package from the directory that air was started in. An import path is the
// same everywhere.
func (b *goBuild) in(place func(dir, name string) string, dir string) string {
	name := b.pkg.value()
	if name != "." && name != ".." && !strings.HasPrefix(name, "./") && !strings.HasPrefix(name, "../") && !path.IsAbs(name) {
		return name
	}
	joined := place(dir, name)
	if joined == "." || joined == ".." || strings.HasPrefix(joined, "../") || path.IsAbs(joined) {
		return joined
	}
	return "./" + joined
}

// name is that of the package's directory; empty: it is not known.
func (b *goBuild) name(place func(dir, name string) string, dir string) string {
	name, _, _ := strings.Cut(path.Base(b.in(place, dir)), "@")
	if name == "." || name == ".." || !b.pkg.known {
		return ""
	}
	return name
}

// writes is the executable that -o names; empty: none, or only its directory is known.
func (b *goBuild) writes(place func(dir, name string) string, dir string) string {
	switch {
	case b.output == "":
		return ""
	case strings.HasSuffix(b.output, "/"):
		if name := b.name(place, dir); name != "" {
			return path.Join(place(dir, b.output), name)
		}
		return ""
	}
	return place(dir, b.output)
}
