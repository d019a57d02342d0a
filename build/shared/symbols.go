package shared

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
)

// symbols are the dynamic symbols of a library, and which types refer to which.
type symbols struct {
	table   []byte // of ELF's 24-byte entries
	strings []byte
	hash    gnuHash
	always  []uint32        // symbols that every executable may refer to
	tasks   map[string]bool // packages that have something to initialize, as symbols spell them
	fields  []reference     // in the order of their addresses
	nested  map[uint32]bool // structs and arrays
	blank   map[int]bool    // the sections that are zero
	slot    uint64          // in runtime.firstmoduledata: where the slice of what is to be initialized lies
}

// reference is the address of a type within another type.
type reference struct {
	at uint64
	to uint32 // a symbol
}

const (
	symSize  = 24 // name 4, info 1, other 1, section 2, value 8, size 8
	infoAt   = 4
	relaSize = 24 // offset 8, type 4, symbol 4, addend 8
)

var errUnknownLibrary = errors.New("the library is not of the kind that Go's linker makes")

func readSymbols(f *elf.File) (*symbols, error) {
	s := &symbols{tasks: map[string]bool{}, nested: map[uint32]bool{}, blank: map[int]bool{}}
	var hash, relocations []byte
	for section, to := range map[string]*[]byte{".dynsym": &s.table, ".dynstr": &s.strings, ".gnu.hash": &hash, ".rela.dyn": &relocations} {
		found := f.Section(section)
		if found == nil {
			return nil, fmt.Errorf("%w: it has no section %s", errUnknownLibrary, section)
		}
		data, err := found.Data()
		if err != nil {
			return nil, err
		}
		*to = data
	}
	var ok bool
	if s.hash, ok = newGNUHash(hash); !ok || len(s.table)%symSize != 0 || len(relocations)%relaSize != 0 {
		return nil, errUnknownLibrary
	}
	for i, section := range f.Sections {
		s.blank[i] = section.Type == elf.SHT_NOBITS
	}
	types := newTypes(f)
	for i := range s.count() {
		name := s.name(i)
		if !s.defined(i) {
			continue
		}
		if isAlways(name) {
			s.always = append(s.always, i)
		}
		if task, ok := strings.CutSuffix(name, taskSuffix); ok {
			s.tasks[task] = true
		}
		if isType(name) && types.nested(s.section(i), s.value(i)) {
			s.nested[i] = true
		}
	}
	s.readFields(relocations)
	return s, s.findSlot(f, relocations)
}

// findSlot finds the slice of what is to be initialized: its array has the addresses
// of the packages' tasks.
func (s *symbols) findSlot(f *elf.File, relocations []byte) error {
	tasks, pointers := map[uint64]bool{}, map[uint64]uint64{}
	for r := range slices.Chunk(relocations, relaSize) {
		at, addend, to := binary.LittleEndian.Uint64(r), binary.LittleEndian.Uint64(r[16:]), binary.LittleEndian.Uint32(r[12:])
		switch elf.R_X86_64(binary.LittleEndian.Uint32(r[8:])) {
		case elf.R_X86_64_64:
			tasks[at] = addend == 0 && to < s.count() && bytes.HasSuffix(s.rawName(to), []byte(taskSuffix))
		case elf.R_X86_64_RELATIVE:
			pointers[at] = addend
		}
	}
	section := f.Section(".go.module")
	for i := range s.find("runtime.firstmoduledata") {
		if section == nil || s.value(i) < section.Addr || s.value(i)+s.size(i) > section.Addr+section.Size {
			continue
		}
		data, err := section.Data()
		if err != nil {
			return err
		}
		for at := s.value(i); at+24 <= s.value(i)+s.size(i); at += 8 {
			n := binary.LittleEndian.Uint64(data[at+8-section.Addr:])
			same := n == binary.LittleEndian.Uint64(data[at+16-section.Addr:])
			if array, ok := pointers[at]; ok && same && n > 0 && tasks[array] && tasks[array+8*(n-1)] && !tasks[array+8*n] {
				s.slot = at - s.value(i)
				return nil
			}
		}
	}
	return fmt.Errorf("%w: it does not say what it initializes", errUnknownLibrary)
}

// types reads descriptions of types.
type types struct {
	file     *elf.File
	sections map[int][]byte
}

func newTypes(f *elf.File) types { return types{f, map[int][]byte{}} }

// nested reports whether the type at an address is a struct or an array.
func (t types) nested(section int, address uint64) bool {
	const kindAt, kindMask = 23, 31 // internal/abi.Type
	if section >= len(t.file.Sections) {
		return false
	}
	s := t.file.Sections[section]
	if t.sections[section] == nil {
		t.sections[section], _ = s.Data() // an error: it has none of interest
	}
	at := address + kindAt - s.Addr
	if at >= uint64(len(t.sections[section])) {
		return false
	}
	kind := reflect.Kind(t.sections[section][at] & kindMask)
	return kind == reflect.Array || kind == reflect.Struct
}

// isAlways reports whether the linker or the compiler may refer to a symbol of a
// library without its being named in an object.
func isAlways(name string) bool {
	for _, prefix := range []string{"go:link.abihash", "main", "_", "local.", "runtime.", "type:runtime.moduledata"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return strings.HasSuffix(name, taskSuffix)
}

// readFields keeps the relocations that make one type refer to another.
func (s *symbols) readFields(relocations []byte) {
	for r := range slices.Chunk(relocations, relaSize) {
		to := binary.LittleEndian.Uint32(r[12:])
		if elf.R_X86_64(binary.LittleEndian.Uint32(r[8:])) != elf.R_X86_64_64 || binary.LittleEndian.Uint64(r[16:]) != 0 || to >= s.count() {
			continue
		}
		if isType(s.rawName(to)) {
			s.fields = append(s.fields, reference{binary.LittleEndian.Uint64(r), to})
		}
	}
	slices.SortFunc(s.fields, func(a, b reference) int { return cmp.Compare(a.at, b.at) })
}

// isType reports whether a symbol is a type's description.
func isType[T string | []byte](name T) bool {
	return len(name) > 5 && string(name[:5]) == "type:" && name[5] != '.'
}

func (s *symbols) count() uint32 { return uint32(len(s.table) / symSize) }

func (s *symbols) entry(i uint32) []byte { return s.table[i*symSize : (i+1)*symSize] }

func (s *symbols) rawName(i uint32) []byte {
	name := s.strings[min(int(binary.LittleEndian.Uint32(s.entry(i))), len(s.strings)):]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		return name[:end]
	}
	return name
}

func (s *symbols) name(i uint32) string { return string(s.rawName(i)) }

func (s *symbols) section(i uint32) int { return int(binary.LittleEndian.Uint16(s.entry(i)[6:])) }

func (s *symbols) defined(i uint32) bool { return elf.SectionIndex(s.section(i)) != elf.SHN_UNDEF }

func (s *symbols) value(i uint32) uint64 { return binary.LittleEndian.Uint64(s.entry(i)[8:]) }

func (s *symbols) size(i uint32) uint64 { return binary.LittleEndian.Uint64(s.entry(i)[16:]) }

// has reports whether the library defines a symbol.
func (s *symbols) has(name string) bool {
	for range s.find(name) {
		return true
	}
	return false
}

// filled reports whether the library defines more under a name than a variable without
// a value, and of which size a variable of that name may be.
func (s *symbols) filled(name string) (filled bool, size uint64) {
	for _, variant := range variants(name) {
		for i := range s.find(variant) {
			filled = filled || !s.blank[s.section(i)]
			if size = s.size(i); s.entry(i)[infoAt]&0xf == byte(elf.STT_FUNC) {
				size = 8 // its address
			}
		}
	}
	return filled, size
}

// find returns the symbols that the library defines under a name: more than one
// where there are versions.
func (s *symbols) find(name string) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i := range s.hash.candidates(name) {
			if i < s.count() && string(s.rawName(i)) == name && !yield(i) {
				return
			}
		}
	}
}

// within are the types that a type refers to.
func (s *symbols) within(i uint32) []reference {
	from, _ := slices.BinarySearchFunc(s.fields, s.value(i), func(r reference, at uint64) int { return cmp.Compare(r.at, at) })
	to, _ := slices.BinarySearchFunc(s.fields, s.value(i)+s.size(i), func(r reference, at uint64) int { return cmp.Compare(r.at, at) })
	return s.fields[from:to]
}

// gnuHash is the table by which the dynamic linker finds symbols.
type gnuHash struct {
	buckets, chain []byte
	first          uint32 // the symbol of the chain's first entry
}

func newGNUHash(section []byte) (h gnuHash, ok bool) {
	if len(section) < 16 {
		return h, false
	}
	count, bloom := binary.LittleEndian.Uint32(section), binary.LittleEndian.Uint32(section[8:])
	h.first = binary.LittleEndian.Uint32(section[4:])
	from := 16 + 8*int64(bloom)
	to := from + 4*int64(count)
	if count == 0 || to > int64(len(section)) {
		return h, false
	}
	h.buckets, h.chain = section[from:to], section[to:]
	return h, true
}

// candidates are the symbols that may have a name.
func (h gnuHash) candidates(name string) iter.Seq[uint32] {
	sum := uint32(5381)
	for i := range len(name) {
		sum = sum*33 + uint32(name[i])
	}
	return func(yield func(uint32) bool) {
		i := binary.LittleEndian.Uint32(h.buckets[4*(sum%uint32(len(h.buckets)/4)):])
		for ; i >= h.first && int(i-h.first) < len(h.chain)/4; i++ {
			link := binary.LittleEndian.Uint32(h.chain[4*(i-h.first):])
			if link|1 == sum|1 && !yield(i) || link&1 == 1 {
				return
			}
		}
	}
}
