package diag

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// lineRules are tried in order on a line without its indentation. The first one
// that understands the line ends the search.
var lineRules = []func(*parser, string) bool{
	(*parser).packageHeader,
	(*parser).makeDirectory,
	(*parser).tooMany,
	(*parser).failedStep,
	(*parser).atPosition,
	(*parser).context,
	(*parser).inSection,
	(*parser).inFile,
	(*parser).fromTool,
	(*parser).knownPhrase,
	(*parser).continuation,
}

// packageHeader reads the line above what a compiler or linker printed:
//
//	# example.com/app/store
//	# example.com/app/store [example.com/app/store.test]
//	# [pkg-config --cflags  -- gtk4]
func (p *parser) packageHeader(line string) bool {
	header, ok := strings.CutPrefix(line, "# ")
	if !ok {
		return false
	}
	p.endComplaint()
	pkg, _, _ := strings.Cut(header, " ")
	p.files.startPackage(pkg)
	return true
}

// makeDirectory follows make -C, because names are relative to make's directory:
//
//	make[1]: Entering directory '/home/me/app/cmd'
//	make[1]: Leaving directory `/home/me/app/cmd'
func (p *parser) makeDirectory(line string) bool {
	m := makeDirectoryLine.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	p.endComplaint()
	if m[1] == "Entering" {
		p.files.enter(m[2])
	} else {
		p.files.leave()
	}
	return true
}

var makeDirectoryLine = regexp.MustCompile("^g?make(?:\\[\\d+\\])?: (Entering|Leaving) directory [`'](.*)'$")

// tooMany notes on the last complaint that the compiler gave up after it:
//
//	./main.go:29:19: too many errors
func (p *parser) tooMany(line string) bool {
	const message = "too many errors"
	return (line == message || strings.HasSuffix(line, ": "+message)) && p.note(message)
}

// failedStep reads that a step of a tool failed, which counts only if nothing
// says why.
func (p *parser) failedStep(line string) bool {
	tool, message := cutTool(line)
	said := tool + ": " + message
	if !slices.ContainsFunc(failedSteps, func(s string) bool { return strings.HasPrefix(said, s) }) {
		return false
	}
	p.leaveUnread(line)
	return true
}

var failedSteps = []string{
	"asm: assembly ",                  // asm: assembly of ./add_amd64.s failed
	"cc1: all warnings being ",        // cc1: all warnings being treated as errors
	"cc1: some warnings being ",       // cc1: some warnings being treated as errors
	"clang: error: linker command ",   // clang: error: linker command failed with exit code 1 (use -v to see invocation)
	"clang++: error: linker command ", // the same for C++
	"collect2: error: ld returned ",   // collect2: error: ld returned 1 exit status
	"go: errors parsing ",             // go: errors parsing go.mod:
	"ld: symbol(s) not found",         // ld: symbol(s) not found for architecture arm64
	"link: running ",                  // /usr/local/go/pkg/tool/linux_amd64/link: running gcc failed: exit status 1
	"make: *** [",                     // make[1]: *** [Makefile:2: build] Error 1
}

// atPosition reads a complaint with a position, of Go's tools and of C compilers:
//
//	./main.go:3:4: undefined: x
//	asm: add_amd64.s:3: unrecognized instruction "MOVQQ"
//	store.c:2:32: warning: unused variable 's' [-Wunused-variable]
//	store.c:2:32: note: each undeclared identifier is reported only once
func (p *parser) atPosition(line string) bool {
	_, rest := cutTool(line)
	at, message, ok := cutPosition(rest)
	if !ok {
		return false
	}
	if strings.HasPrefix(message, " ") { // store.cc:3:16:   required from here
		p.endComplaint()
		return true
	}
	severity, message, marked := cutSeverity(message)
	if severity != severityNote {
		p.complain(at, severity, message)
	} else if !p.note(p.files.relocate(rest)) {
		return false
	}
	p.excerpt = marked
	return true
}

// context reads where the C compiler or linker was:
//
//	In file included from store.c:1:
//	store.c: In function 'add':
//	store.c: At top level:
//	/usr/bin/ld: /tmp/go-link-154/000001.o: in function `_cgo_e2712286f9e2_Cfunc_add':
func (p *parser) context(line string) bool {
	if !strings.HasPrefix(line, "In file included from ") && !contextLine.MatchString(line) {
		return false
	}
	p.endComplaint()
	return true
}

var contextLine = regexp.MustCompile(`: (?:In|At|in function|Assembler messages)\b.*:$`)

// inSection reads a linker's complaint about code without line numbers:
//
//	store.c:(.text+0x15): undefined reference to `add'
func (p *parser) inSection(line string) bool {
	_, rest := cutTool(line)
	file, rest, ok := strings.Cut(rest, ":(")
	if !ok {
		return false
	}
	_, message, ok := strings.Cut(rest, "): ")
	if !ok || !isSourceFile(file) {
		return false
	}
	p.complain(position{file: file}, SeverityError, message)
	return true
}

// inFile reads a complaint of go build about a Go file as a whole, named in full:
//
//	/home/me/app/main.go: invalid #cgo verb: #cgo FOO: x
func (p *parser) inFile(line string) bool {
	file, message, ok := strings.Cut(line, ".go: ")
	if !ok || !path.IsAbs(file) && !hasDrive(file) {
		return false
	}
	p.complain(position{file: file + ".go"}, SeverityError, message)
	return true
}

// fromTool reads a complaint that starts with the name of a tool:
//
//	go: go.mod requires go >= 1.99 (running go 1.26; GOTOOLCHAIN=local)
//	/usr/bin/ld: cannot find -lsqlite3: No such file or directory
//	make: *** No rule to make target 'build'.  Stop.
func (p *parser) fromTool(line string) bool {
	tool, message := cutTool(line)
	switch {
	case tool == "":
		return false
	case tool == "go" && isProgress(message), message == "": // cgo: , above "gcc errors for preamble:"
		p.endComplaint()
		return true
	case tool == "make" && !strings.HasPrefix(message, "***"):
		return false // make: Nothing to be done for 'all'.
	}
	severity, message, marked := cutSeverity(message)
	p.complain(findPosition(message), severity, tool+": "+message)
	p.excerpt = marked
	return true
}

// tools are the programs whose complaints start with their name.
var tools = map[string]bool{
	"go": true, "make": true,
	"asm": true, "cgo": true, "compile": true, "link": true, "pack": true, "preprofile": true, "vet": true,
	"as": true, "cc": true, "c++": true, "cc1": true, "cc1plus": true, "collect2": true,
	"gcc": true, "g++": true, "clang": true, "clang++": true,
	"ld": true, "ld.bfd": true, "ld.gold": true, "ld.lld": true, "ld64.lld": true, "mold": true,
}

// cutTool takes the tool's name off a line; tool is "" when the line names none.
// The name may come with a directory, a target and a depth:
//
//	/usr/bin/x86_64-linux-gnu-ld: cannot find -lm
//	make[1]: *** [Makefile:2: build] Error 1
func cutTool(line string) (tool, rest string) {
	name, rest, ok := strings.Cut(line, ": ")
	if !ok {
		return "", line
	}
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimSuffix(name, ".exe")
	name, _, _ = strings.Cut(name, "[")
	if triple := strings.LastIndexByte(name, '-'); triple >= 0 {
		name = name[triple+1:]
	}
	if name == "gmake" {
		name = "make"
	}
	if !tools[name] {
		return "", line
	}
	return name, rest
}

// isProgress tells the progress of the go command from its complaints:
//
//	go: downloading github.com/google/go-cmp v0.7.0
func isProgress(message string) bool {
	word, _, _ := strings.Cut(message, " ")
	switch word {
	case "added", "creating", "downgraded", "downloading", "extracting", "finding", "found", "removed", "upgraded":
		return true
	}
	return false
}

// knownPhrase reads complaints with neither a position nor a tool.
func (p *parser) knownPhrase(line string) bool {
	known := slices.ContainsFunc(phrases, func(s string) bool { return strings.Contains(line, s) }) ||
		slices.ContainsFunc(openings, func(s string) bool { return strings.HasPrefix(line, s) })
	if !known {
		return false
	}
	severity, message, _ := cutSeverity(line)
	p.complain(position{}, severity, message)
	return true
}

// openings are how such a complaint may start.
var openings = []string{
	"package ",           // package example.com/app: build constraints exclude all Go files in /home/me/app
	"pattern ",           // pattern ./nope/...: lstat ./nope/: no such file or directory
	"found packages ",    // found packages a (a.go) and b (b.go) in /home/me/app
	"no Go files in ",    // no Go files in /home/me/app
	"directory ",         // directory b is contained in a module that is not one of the workspace modules …
	"build cache is ",    // build cache is required, but could not be located: …
	"named files must ",  // named files must all be in one directory; have . and ../b
	"malformed import ",  // malformed import path "x y": invalid char ' '
	"flag provided but ", // flag provided but not defined: -nosuch
	"flag needs an ",     // flag needs an argument: -tags
	"invalid value ",     // invalid value "bogus" for flag -linkmode: invalid linkmode: "bogus"
	"invalid boolean ",   // invalid boolean value "maybe" for -race: parse error
	"Undefined symbols ", // Undefined symbols for architecture arm64:
	"duplicate symbol ",  // duplicate symbol '_add' in:
	"error: ",            // error: templates/home.tmpl has no title
	"Error: ",            // Error: unknown flag: --watch
	"panic: ",            // panic: runtime error: index out of range [3] with length 3
	"fatal error: ",      // fatal error: out of memory
	"warning: ",          // warning: GOPATH set to GOROOT (/usr/local/go) has no effect
}

// phrases may be anywhere in such a complaint.
var phrases = []string{
	": relocation target ",           // main.main: relocation target main.add not defined
	" is undeclared in the main ",    // runtime.main_main·f: function main is undeclared in the main package
	"no required module provides ",   // no required module provides package example.com/x; to add it:
	"cannot find module providing ",  // cannot find module providing package example.com/x
	": internal compiler error: ",    // <autogenerated>:1: internal compiler error: nil dereference
	"no space left on device",        // example.com/app: mkdir /tmp/go-build3230548150/b476/: no space left on device
	": signal: ",                     // example.com/app: /usr/local/go/pkg/tool/linux_amd64/link: signal: killed
	": directory not found",          // stat /home/me/app/nope: directory not found
	"o such file or directory",       // sh: ./gen.sh: No such file or directory
	"ermission denied",               // open /opt/app: permission denied
	": command not found",            // bash: line 1: templ: command not found
	": not found",                    // sh: 1: templ: not found
	": unknown command",              // go bild: unknown command
	" in the pkg-config search path", // Package gtk4 was not found in the pkg-config search path.
}

// continuation reads a complaint's further lines that are not indented:
//
//	note: imported by a module that requires go 1.99
//	>>> defined at store.c:203
func (p *parser) continuation(line string) bool {
	return (strings.HasPrefix(line, "note: ") || strings.HasPrefix(line, ">>> ")) && p.note(line)
}
