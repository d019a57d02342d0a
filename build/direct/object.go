package direct

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
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

// ourBuildID is the build ID of packages that we compile. The go command's are a hash
// of the inputs; with one for all, packages differ only where their code does. It has
// the length of the go command's.
const ourBuildID = "hotreload-by-content/hotreload-by-content"

// sameCode reports whether two files hold the same compiled package, whoever compiled it.
func sameCode(a, b string) (bool, error) {
	if a == b {
		return true, nil
	}
	textA, errA := os.ReadFile(a)
	textB, errB := os.ReadFile(b)
	if errA != nil || errB != nil {
		return false, fmt.Errorf("compare compiled packages: %w", errors.Join(errA, errB))
	}
	return bytes.Equal(object(textA).anonymous(), object(textB).anonymous()), nil
}

// exportHash is a hash of a compiled package's export data.
func exportHash(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	head := make([]byte, len(archiveMagic)+entryHeader)
	if _, err := io.ReadFull(file, head); err != nil {
		return "", fmt.Errorf("read compiled package %s: %w", path, err)
	}
	size, ok := object(head).exportSize()
	if !ok {
		return "", fmt.Errorf("%s is not a compiled package", path)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(file, data); err != nil {
		return "", fmt.Errorf("read compiled package %s: %w", path, err)
	}
	sum := sha256.Sum256(object(data).anonymous())
	return hex.EncodeToString(sum[:]), nil
}

// exportSize is the size of the first entry of the archive.
func (o object) exportSize() (int, bool) {
	entry, ok := bytes.CutPrefix(o, []byte(archiveMagic))
	if !ok || len(entry) < entryHeader || !bytes.HasPrefix(entry, []byte("__.PKGDEF ")) {
		return 0, false
	}
	size, err := entrySize(entry)
	return size, err == nil && size >= 0
}

// entrySize is the size of the entry of an archive that begins here.
func entrySize(entry []byte) (int, error) {
	return strconv.Atoi(strings.TrimSpace(string(entry[sizeOffset : sizeOffset+10])))
}

// buildIDLine holds hashes of a package's inputs and content; see cmd/internal/buildid.
var buildIDLine = regexp.MustCompile(`\nbuild id ("[^\n]*")\n`)

// anonymous is the object with our build ID in place of its own.
func (o object) anonymous() []byte {
	match := buildIDLine.FindSubmatch(o[:min(len(o), 4096)])
	if match == nil {
		return o
	}
	return bytes.ReplaceAll(o, match[1], []byte(strconv.Quote(ourBuildID)))
}
