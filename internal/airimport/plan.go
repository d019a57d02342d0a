package airimport

import (
	"path"
	"strings"
)

// plan is what the steps of a build amount to.
type plan struct {
	place   func(dir, name string) string
	before  []step
	env     map[string]string
	dir     string // of the go build; empty: the project's
	dirOpen bool   // dir is known only at run time
	goStep  *step
	run     bool // it is a go run
	build   goBuild
	output  string   // where the executable is in the end
	odd     bool     // it is more than a go build
	idle    []string // steps without an effect on the result
	unknown []word   // variables whose values are known only at run time
}

// read finds the go build that writes the binary, and the steps around it.
func (p *plan) read(steps []step, binary string) {
	at := -1
	for i, s := range steps {
		if (isGo(s, "build") || isGo(s, "install")) && (at < 0 || writes(s, binary)) {
			at = i
		}
	}
	// A go run builds something else than the executable that air is configured for.
	if last := len(steps) - 1; at < 0 && last >= 0 && isGo(steps[last], "run") && binary == defaultBinary {
		at, p.run = last, true
	}
	if at < 0 {
		return
	}
	for _, s := range steps[:at] {
		p.ahead(s)
	}
	s := steps[at]
	p.goStep, p.odd = &s, p.odd || s.extra != ""
	p.variables(s.vars)
	p.build = parseGoBuild(s.words[2:], p.run)
	if p.build.chdir != "" {
		p.dir = p.place(p.dir, p.build.chdir)
	}
	p.output = p.build.writes(p.place, p.dir)
	for _, s := range steps[at+1:] {
		p.behind(s)
	}
}

// ahead reads a step before the go build.
func (p *plan) ahead(s step) {
	switch {
	case len(s.words) == 2 && s.words[0].is("cd") && s.extra == "":
		p.dir, p.dirOpen = p.place(p.dir, s.words[1].value()), p.dirOpen || !s.words[1].known
	case len(s.words) == 0 && !s.opaque && s.extra == "":
		p.variables(s.vars)
	case len(s.words) > 1 && s.words[0].is("export") && s.extra == "":
		for _, w := range s.words[1:] {
			if v, ok := assignment(w); ok {
				p.variables([]variable{v})
			}
		}
	case isIdle(s):
		p.idle = append(p.idle, s.text)
	default:
		if p.dir != "" { // a generator runs in the project's root
			s = step{text: "cd " + p.dir + " && " + s.text, opaque: true, words: s.words}
		}
		p.before = append(p.before, s)
	}
}

// behind reads a step after the go build. It may move the result; anything else would
// change it.
func (p *plan) behind(s step) {
	fields, ok := s.simple()
	switch {
	case ok && len(fields) == 3 && (fields[0] == "mv" || fields[0] == "cp") && same(p.place(p.dir, fields[1]), p.output):
		p.output = moved(p.place, p.dir, fields)
	case ok && fields[0] == "chmod" || isIdle(s):
		p.idle = append(p.idle, s.text)
	default:
		p.odd = true
	}
}

func (p *plan) variables(vars []variable) {
	for _, v := range vars {
		if v.value.known && v.name != "" {
			p.env[v.name] = v.value.value()
		} else {
			p.unknown = append(p.unknown, word{text: v.name + "=" + v.value.text})
		}
	}
}

// known reports whether the text says which package it is.
func (p *plan) known() bool { return !p.dirOpen && p.build.pkg.known }

// moved is where the words of a mv or cp bring a file.
func moved(place func(dir, name string) string, dir string, fields []string) string {
	to := place(dir, fields[2])
	if strings.HasSuffix(fields[2], "/") {
		to = path.Join(to, path.Base(fields[1]))
	}
	return to
}

// isIdle reports whether a step has no effect on what is built.
func isIdle(s step) bool {
	return !s.opaque && s.extra == "" && len(s.words) > 0 && s.words[0].is("echo", "printf", "clear", "mkdir", "sleep", "true", ":", "date", "pwd")
}

// isGo reports whether a step is `go verb`.
func isGo(s step, verb string) bool {
	return !s.opaque && len(s.words) > 1 && s.words[0].is("go", "go.exe") && s.words[1].is(verb)
}

// writes reports whether a go build writes the binary, as far as its name tells.
func writes(s step, binary string) bool {
	out := parseGoBuild(s.words[2:], false).output
	return out != "" && path.Base(trimExe(out)) == path.Base(trimExe(binary))
}

// same compares paths, ignoring the extension .exe.
func same(a, b string) bool {
	return trimExe(path.Clean(a)) == trimExe(path.Clean(b))
}

func trimExe(name string) string { return strings.TrimSuffix(name, ".exe") }
