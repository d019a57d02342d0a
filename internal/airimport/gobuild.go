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

// in names the package from the directory that dir is relative to. An import path is
// the same everywhere.
func (b *goBuild) in(dir string) string {
	name := b.pkg.value()
	if name != "." && name != ".." && !strings.HasPrefix(name, "./") && !strings.HasPrefix(name, "../") {
		return name
	}
	joined := path.Join(dir, name)
	if joined == "." || joined == ".." || strings.HasPrefix(joined, "../") || path.IsAbs(joined) {
		return joined
	}
	return "./" + joined
}
