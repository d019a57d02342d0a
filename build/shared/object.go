package shared

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// object is a compiled package, an archive as the compiler writes it with -pack, of
// which the second entry is Go's own kind of object file. The format is that of
// cmd/internal/goobj; what is not known is an error.
type object struct {
	text    []byte
	entry   int // where the object file's entry of the archive begins
	start   int // of the object file
	symbols []symbol
}

// symbol is an entry of one of the tables of symbols in an object.
type symbol struct {
	name    string
	at      int // offset of its entry in the text
	defined bool
	plural  bool // other objects may define it, too
	number  int  // among all definitions, by which its relocations are found
}

const (
	archiveMagic = "!<arch>\n"
	entryHeader  = 60 // bytes: name 16, date 12, user 6, group 6, mode 8, size 10, end 2
	sizeOffset   = 48
	objectMagic  = "\x00go120ld"

	offsetsAt  = len(objectMagic) + 8 + 4 // the offsets of the blocks, 4 bytes each
	symbolSize = 21                       // name length 4, name offset 4, ABI 2, type, flag, flag2, size 4, align 4
	abiAt      = 8
	typeAt     = 10
	flagAt     = 11
	sizeAt     = 13

	plural   = 1 << 0 // SymFlagDupok
	typelink = 1 << 2 // SymFlagTypelink
	goType   = 1 << 6 // SymFlagGoType
)

// Blocks of an object file. Those of definitions end where references begin.
const (
	blockImports     = 0
	blockDefinitions = 3
	blockNamed       = 6 // definitions that others refer to by name
	blockReferences  = 7
	blockAfter       = 8
	blockRelocIndex  = 11
	blockDataIndex   = 13
	blockReloc       = 14
)

const (
	relocSize    = 23 // offset 4, size, type 2, addend 8, package 4, symbol 4
	relocSizeAt  = 4
	relocPkgAt   = 15
	relocSymAt   = 19
	namedPackage = 1<<31 - 1 // PkgIdxNone
)

var errUnknownObject = errors.New("its format is not known")

func readObject(path string) (*object, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	o := &object{text: text}
	if err := o.parse(); err != nil {
		return nil, fmt.Errorf("read compiled package %s: %w", path, err)
	}
	return o, nil
}

func (o *object) parse() error {
	rest, ok := bytes.CutPrefix(o.text, []byte(archiveMagic))
	if !ok {
		return errUnknownObject
	}
	for entries := 0; len(rest) > 0; entries++ {
		if len(rest) < entryHeader {
			return errUnknownObject
		}
		name := strings.TrimRight(string(rest[:16]), " ")
		size, err := strconv.Atoi(strings.TrimSpace(string(rest[sizeOffset : sizeOffset+10])))
		if err != nil || size < 0 || size > len(rest)-entryHeader {
			return errUnknownObject
		}
		switch {
		case entries == 0 && name == "__.PKGDEF":
		case entries == 1 && name == "_go_.o":
			o.entry = len(o.text) - len(rest)
			o.start = o.entry + entryHeader
		default:
			return fmt.Errorf("it holds %s", name)
		}
		rest = rest[min(len(rest), entryHeader+size+size%2):]
	}
	return o.readSymbols()
}

// readSymbols reads the tables of symbols.
func (o *object) readSymbols() error {
	if o.start == 0 {
		return errUnknownObject
	}
	// A line about the toolchain goes before the object file.
	skip := bytes.Index(o.text[o.start:], []byte("\n!\n"))
	if skip < 0 {
		return errUnknownObject
	}
	o.start += skip + len("\n!\n")
	if !bytes.HasPrefix(o.text[o.start:], []byte(objectMagic)) {
		return errUnknownObject
	}
	from, references, to := o.block(blockDefinitions), o.block(blockReferences), o.block(blockAfter)
	if from > references || references > to || to > len(o.text) || (to-from)%symbolSize != 0 {
		return errUnknownObject
	}
	for at := from; at < to; at += symbolSize {
		entry := o.text[at : at+symbolSize]
		length, offset := int(binary.LittleEndian.Uint32(entry)), o.start+int(binary.LittleEndian.Uint32(entry[4:]))
		if length > len(o.text) || offset > len(o.text)-length {
			return errUnknownObject
		}
		o.symbols = append(o.symbols, symbol{
			name: string(o.text[offset : offset+length]), at: at,
			defined: at < references, plural: entry[flagAt]&plural != 0, number: (at - from) / symbolSize,
		})
	}
	return nil
}

// block is where a block begins.
func (o *object) block(n int) int {
	return o.start + int(binary.LittleEndian.Uint32(o.text[o.start+offsetsAt+4*n:]))
}

// offsets are the names of the symbols to which a symbol refers by a short distance,
// which must be in the same executable.
func (o *object) offsets(s symbol) ([]string, error) {
	index, named := o.block(blockRelocIndex)+4*s.number, (o.block(blockNamed)-o.block(blockDefinitions))/symbolSize
	if !s.defined || index+8 > len(o.text) {
		return nil, errUnknownObject
	}
	from, to := int(binary.LittleEndian.Uint32(o.text[index:])), int(binary.LittleEndian.Uint32(o.text[index+4:]))
	at, end := o.block(blockReloc)+from*relocSize, o.block(blockReloc)+to*relocSize
	if at > end || end > len(o.text) {
		return nil, errUnknownObject
	}
	var all []string
	for r := range slices.Chunk(o.text[at:end], relocSize) {
		pkg, i := binary.LittleEndian.Uint32(r[relocPkgAt:]), int(binary.LittleEndian.Uint32(r[relocSymAt:]))
		if r[relocSizeAt] != 4 || pkg != namedPackage {
			continue
		}
		if named+i >= len(o.symbols) {
			return nil, errUnknownObject
		}
		all = append(all, o.symbols[named+i].name)
	}
	return all, nil
}

// linknamed reports whether a definition does not go by the package's own name, and no
// other may go by that.
func (o *object) linknamed(s symbol) bool {
	return s.defined && !s.plural && s.at >= o.block(blockNamed)
}

// empty reports whether a definition is of a variable without a value.
func (o *object) empty(s symbol) (bool, error) {
	index := o.block(blockDataIndex) + 4*s.number
	if !s.defined || index+8 > len(o.text) {
		return false, errUnknownObject
	}
	return bytes.Equal(o.text[index:index+4], o.text[index+4:index+8]), nil
}

func (o *object) size(s symbol) uint64 {
	return uint64(binary.LittleEndian.Uint32(o.text[s.at+sizeAt:]))
}

// cede makes a definition a mere reference to what a library defines under another
// name, which is not longer.
func (o *object) cede(s symbol, name string) error {
	entry := o.text[s.at : s.at+symbolSize]
	offset := o.start + int(binary.LittleEndian.Uint32(entry[4:]))
	for _, other := range o.symbols {
		if other.at != s.at && bytes.Equal(o.text[other.at+4:other.at+8], entry[4:8]) {
			return fmt.Errorf("%s is the name of two symbols", s.name)
		}
	}
	if len(name) > len(s.name) {
		return fmt.Errorf("%s is longer than %s", name, s.name)
	}
	copy(o.text[offset:], name)
	binary.LittleEndian.PutUint32(entry, uint32(len(name)))
	copy(entry[abiAt:], []byte{0, 0}) // as the linker takes what is in a library
	entry[typeAt] = 0
	entry[flagAt] &^= typelink | goType
	return nil
}
