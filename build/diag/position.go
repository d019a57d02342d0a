package diag

import (
	"os"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// position is a place in a file, as the output names it.
type position struct {
	file         string
	line, column int
}

// cutPosition takes "file:line: " or "file:line:column: " off a line. The file
// name ends at the first number between colons, so neither a Windows drive nor
// other positions in the message confuse it.
func cutPosition(text string) (at position, message string, ok bool) {
	for i := 0; i < len(text); i++ {
		if text[i] != ':' {
			continue
		}
		line, rest, isNumber := cutNumber(text[i+1:])
		if !isNumber {
			continue
		}
		at = position{file: text[:i], line: line}
		column, afterColumn, isNumber := cutNumber(rest)
		if isNumber {
			at.column, rest = column, afterColumn
		}
		if at.line == 0 {
			at.column = 0 // the file as a whole
		}
		message, ok = strings.CutPrefix(rest, " ")
		return at, message, ok && isFile(at)
	}
	return position{}, "", false
}

// cutNumber takes "12:" off s.
func cutNumber(s string) (n int, rest string, ok bool) {
	digits, rest, ok := strings.Cut(s, ":")
	if !ok || strings.Trim(digits, "0123456789") != "" {
		return 0, "", false
	}
	n, err := strconv.Atoi(digits)
	return n, rest, err == nil
}

// isFile tells a file from other text before a number and a colon:
//
//	dial tcp 127.0.0.1:443: connect: connection refused
//	Get "https://proxy.golang.org:443: timeout
//	2026/01/02 15:04:05 done
//	example.com:443: connection refused
//
// A column is proof enough. Without one, the name must be that of a source file.
func isFile(at position) bool {
	if strings.Contains(at.file, "://") || strings.Contains(at.file, ": ") || strings.Contains(at.file, `"`) {
		return false
	}
	return isSourceFile(at.file) || at.column > 0 && extension.MatchString(at.file)
}

var extension = regexp.MustCompile(`\.[A-Za-z][A-Za-z0-9+]*$`)

// isSourceFile knows the files for which compilers, make and generators print
// no column.
func isSourceFile(name string) bool {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	return slices.Contains(sourceNames, base) || slices.Contains(sourceExtensions, path.Ext(base))
}

var (
	sourceNames      = []string{"Makefile", "makefile", "GNUmakefile", "modules.txt"}
	sourceExtensions = []string{
		".go", ".mod", ".work", ".sum",
		".s", ".S", ".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".m", ".mm", ".f", ".f90",
		".swig", ".swigcxx", ".proto", ".templ", ".tmpl", ".sql", ".y", ".mk", ".sh",
	}
)

// positionInside matches the position in a complaint of the assembler:
//
//	asm: main.add: invalid instruction: 00005 (/home/me/app/add_amd64.s:4)	JMP
var positionInside = regexp.MustCompile(`\(([^()]+):(\d+)\)`)

func findPosition(message string) position {
	m := positionInside.FindStringSubmatch(message)
	if m == nil {
		return position{}
	}
	line, err := strconv.Atoi(m[2])
	at := position{file: m[1], line: line}
	if err != nil || !isFile(at) {
		return position{}
	}
	return at
}

// fileNames makes the names in the output relative to the root.
type fileNames struct {
	root, dir string   // absolute, with slashes
	pkg       string   // import path of the package whose errors are read
	pkgDirs   []string // where that may be; nil: not looked up yet
	outer     []string // the directories that make entered before dir
	windows   bool     // names have drives and backslashes, and ignore case
}

func newFileNames(root, dir string) *fileNames {
	f := &fileNames{windows: runtime.GOOS == "windows" || hasDrive(root)}
	f.root, f.dir = path.Clean(f.slash(root)), path.Clean(f.slash(dir))
	return f
}

func (f *fileNames) slash(name string) string {
	if f.windows || hasDrive(name) {
		return strings.ReplaceAll(name, `\`, "/")
	}
	return name
}

// hasDrive recognises C:\src and C:/src, on any system.
func hasDrive(name string) bool {
	return len(name) > 2 && name[1] == ':' && (name[2] == '\\' || name[2] == '/') &&
		('a' <= name[0]|0x20 && name[0]|0x20 <= 'z')
}

// startPackage notes that the lines that follow are about package pkg; "": about none.
func (f *fileNames) startPackage(pkg string) { f.pkg, f.pkgDirs = pkg, nil }

// enter and leave follow make from directory to directory.
func (f *fileNames) enter(dir string) {
	f.startPackage("")
	f.outer = append(f.outer, f.dir)
	f.dir = f.absolute(f.dir, f.slash(dir))
}

func (f *fileNames) leave() {
	f.startPackage("")
	if last := len(f.outer) - 1; last >= 0 {
		f.dir, f.outer = f.outer[last], f.outer[:last]
	}
}

// name is what Diagnostic.File says of a file that the output names, "" for
// one that only the build has seen.
func (f *fileNames) name(file string) string {
	if file == "" || isGenerated(file) {
		return ""
	}
	file = f.slash(file)
	if path.Ext(file) == ".go" || f.pkg == "" {
		return f.relative(f.absolute(f.dir, file))
	}
	return f.relative(f.packageFile(file))
}

// isGenerated knows the files of the go command's work directory, which is gone
// after the build. The go command prints it as $WORK, and tells the C compiler to
// call it /tmp/go-build.
func isGenerated(file string) bool {
	return strings.HasPrefix(file, "$WORK") || strings.HasPrefix(file, "/tmp/go-build/") ||
		strings.HasPrefix(path.Base(file), "_cgo_")
}

// packageFile finds a file that is not Go. The go command rewrites the names of
// Go files; a C compiler runs in the package's directory, and its names are
// printed as they are: "x.c:4:23" under "# example.com/app/store" is store/x.c.
func (f *fileNames) packageFile(file string) string {
	if f.pkgDirs == nil {
		f.pkgDirs = append(f.findPackageDirs(), f.dir)
	}
	for _, dir := range f.pkgDirs {
		name := f.absolute(dir, file)
		if info, err := os.Stat(name); err == nil && !info.IsDir() {
			return name
		}
	}
	return f.absolute(f.dir, file)
}

// findPackageDirs looks on the disk for directories that the import path ends
// with, the longest first. A directory api need not be package example.com/api,
// so there may be several.
func (f *fileNames) findPackageDirs() []string {
	var found []string
	for _, base := range []string{f.dir, f.root} {
		for end, more := f.pkg, true; more; _, end, more = strings.Cut(end, "/") {
			dir := path.Join(base, end)
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				found = append(found, dir)
			}
		}
	}
	return found
}

func (f *fileNames) absolute(dir, file string) string {
	if path.IsAbs(file) || hasDrive(file) {
		return path.Clean(file)
	}
	return path.Join(dir, file)
}

// relative is an absolute name relative to the root, if the file lies inside.
func (f *fileNames) relative(name string) string {
	prefix := strings.TrimSuffix(f.root, "/") + "/"
	if len(name) <= len(prefix) {
		return name
	}
	start, rest := name[:len(prefix)], name[len(prefix):]
	if start == prefix || f.windows && strings.EqualFold(start, prefix) {
		return rest
	}
	return name
}

// relocate rewrites the position at the start of a line of detail:
//
//	./add.go:8:6: other declaration of add
func (f *fileNames) relocate(line string) string {
	text := strings.TrimLeft(line, " \t")
	at, message, ok := cutPosition(text)
	if !ok {
		return line
	}
	if name := f.name(at.file); name != "" {
		at.file = name
	}
	indent := line[:len(line)-len(text)]
	return indent + at.String() + ": " + message
}

func (at position) String() string {
	s := at.file + ":" + strconv.Itoa(at.line)
	if at.column > 0 {
		s += ":" + strconv.Itoa(at.column)
	}
	return s
}

// moduleFile is the go.mod, go.sum, go.work or vendor/modules.txt that a
// complaint of the go command names, unless the complaint is that it is missing:
//
//	go: go.mod requires go >= 1.99 (running go 1.26; GOTOOLCHAIN=local)
//	go: example.com/x@v1.0.0 (replaced by ../x): reading ../x/go.mod: open /home/me/x/go.mod: no such file or directory
//	go: go.mod file not found in current directory or any parent directory; see 'go help modules'
func (f *fileNames) moduleFile(message string) string {
	if !strings.HasPrefix(message, "go: ") {
		return ""
	}
	words := append(strings.Fields(message), "")
	for i, word := range words[1 : len(words)-1] {
		before, after := words[i], words[i+2]
		name := strings.Trim(word, `:;,()"'`)
		if !slices.Contains(moduleFiles, path.Base(f.slash(name))) {
			continue
		}
		missing := before == "open" || after == "open" || strings.Contains(message, word+" file not found")
		if !missing {
			return f.name(name)
		}
	}
	return ""
}

var moduleFiles = []string{"go.mod", "go.sum", "go.work", "modules.txt"}
