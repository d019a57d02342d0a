package direct

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// object is a compiled package as the compiler writes it with -pack: an archive
// whose first entry is the export data, which is all that importers see of the
// package. See https://pkg.go.dev/cmd/internal/archive
type object []byte

const (
	archiveMagic = "!<arch>\n"
	entryHeader  = 60 // bytes: name 16, date 12, user 6, group 6, mode 8, size 10, end 2
	sizeOffset   = 48
)

// readObject reads a compiled package.
func readObject(path string) (object, error) {
	text, err := os.ReadFile(path)
	return object(text), err
}

// exportData is the first entry of the archive, or nil if this is not an archive.
func (o object) exportData() []byte {
	entry, ok := bytes.CutPrefix(o, []byte(archiveMagic))
	if !ok || len(entry) < entryHeader || !bytes.HasPrefix(entry, []byte("__.PKGDEF ")) {
		return nil
	}
	size, err := strconv.Atoi(strings.TrimSpace(string(entry[sizeOffset : sizeOffset+10])))
	if err != nil || size < 0 || entryHeader+size > len(entry) {
		return nil
	}
	return entry[entryHeader : entryHeader+size]
}

// buildIDLine holds hashes of a package's inputs and content; see cmd/internal/buildid.
var buildIDLine = regexp.MustCompile(`\nbuild id ("[^\n]*")\n`)

// buildID is the build ID that the go command gave the package, or "".
func (o object) buildID() string {
	head := o[:min(len(o), 4096)]
	match := buildIDLine.FindSubmatch(head)
	if match == nil {
		return ""
	}
	id, err := strconv.Unquote(string(match[1]))
	if err != nil {
		return ""
	}
	return id
}
