package shared

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"os"
	"slices"
)

// stub is a file that linkers take for the library, though it has only those of the
// library's symbols that an executable needs: linkers read all that there are.
//
// It has the sections of the library, those with data at their places. Behind them
// come the symbols, which are new for each version.
type stub struct {
	path     string
	of       *symbols
	headers  []byte // of the sections, as they are before a version
	at       int64  // where the headers begin
	symbols  int    // index of the section
	strings  int
	relocs   int
	versions int64 // where what is new begins
}

const (
	headerSize      = 64 // of ELF, and of a section: name 4, type 4, flags 8, address 8, offset 8, size 8, …
	headersOffsetAt = 0x28
	sectionTypeAt   = 4
	sectionOffsetAt = 24
	sectionSizeAt   = 32
	sectionInfoAt   = 44
)

// newStub writes the unchanging part of the stub of a library to a file.
func newStub(library *os.File, f *elf.File, of *symbols, path string) (*stub, error) {
	out, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	head := make([]byte, headerSize)
	if _, err := library.ReadAt(head, 0); err != nil {
		return nil, err
	}
	info, err := library.Stat()
	if err != nil {
		return nil, err
	}
	s := &stub{
		path: path, of: of, at: int64(binary.LittleEndian.Uint64(head[headersOffsetAt:])),
		headers: make([]byte, headerSize*len(f.Sections)), versions: (info.Size() + 15) &^ 15,
	}
	if _, err := library.ReadAt(s.headers, s.at); err != nil {
		return nil, err
	}
	for i, section := range f.Sections {
		if err := s.place(out, library, i, section); err != nil {
			return nil, err
		}
	}
	if s.symbols == 0 || s.strings == 0 || s.relocs == 0 {
		return nil, errUnknownLibrary
	}
	if _, err := out.WriteAt(head, 0); err != nil {
		return nil, err
	}
	return s, out.Close()
}

// place copies a section, if linkers need it.
func (s *stub) place(out io.WriterAt, library io.ReaderAt, i int, section *elf.Section) error {
	retype := func() {
		binary.LittleEndian.PutUint32(s.headers[i*headerSize+sectionTypeAt:], uint32(elf.SHT_PROGBITS))
	}
	switch section.Name {
	case ".dynsym":
		s.symbols = i
		binary.LittleEndian.PutUint32(s.headers[i*headerSize+sectionInfoAt:], 1) // the first that is not local
		return nil
	case ".dynstr":
		s.strings = i
		return nil
	case ".rela.dyn":
		s.relocs = i
		return nil
	case ".text", ".gopclntab", ".plt", ".eh_frame":
		return nil
	}
	switch section.Type {
	case elf.SHT_GNU_HASH, elf.SHT_GNU_VERSYM, elf.SHT_GNU_VERNEED, elf.SHT_HASH:
		retype() // of other symbols than the stub's
		return nil
	case elf.SHT_DYNAMIC, elf.SHT_NOBITS, elf.SHT_NULL:
		return nil // left zero
	case elf.SHT_RELA:
		retype()
		return nil
	}
	_, err := io.Copy(io.NewOffsetWriter(out, int64(section.Offset)), io.NewSectionReader(library, int64(section.Offset), int64(section.FileSize)))
	return err
}

// write makes the stub have the symbols that every executable needs, and those of
// the names.
func (s *stub) write(names map[string]bool) error {
	chosen := s.choose(names)
	table, text, number := make([]byte, symSize), []byte{0}, map[uint32]uint32{}
	var relocs []byte
	for n, i := range chosen {
		entry := slices.Clone(s.of.entry(i))
		binary.LittleEndian.PutUint32(entry, uint32(len(text)))
		text = append(append(text, s.of.rawName(i)...), 0)
		table = append(table, entry...)
		number[i] = uint32(n + 1)
	}
	for _, i := range chosen {
		if !s.of.nested[i] {
			continue
		}
		for _, r := range s.of.within(i) {
			if n := number[r.to]; n != 0 {
				relocs = binary.LittleEndian.AppendUint64(relocs, r.at)
				relocs = binary.LittleEndian.AppendUint32(relocs, uint32(elf.R_X86_64_64))
				relocs = binary.LittleEndian.AppendUint32(relocs, n)
				relocs = binary.LittleEndian.AppendUint64(relocs, 0)
			}
		}
	}
	out, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	headers, at := slices.Clone(s.headers), s.versions
	var all []byte
	for _, part := range []struct {
		section int
		data    []byte
	}{{s.symbols, table}, {s.strings, text}, {s.relocs, relocs}} {
		binary.LittleEndian.PutUint64(headers[part.section*headerSize+sectionOffsetAt:], uint64(at))
		binary.LittleEndian.PutUint64(headers[part.section*headerSize+sectionSizeAt:], uint64(len(part.data)))
		padded := append(part.data, make([]byte, -len(part.data)&15)...)
		all, at = append(all, padded...), at+int64(len(padded))
	}
	if _, err := out.WriteAt(all, s.versions); err != nil {
		return err
	}
	if _, err := out.WriteAt(headers, s.at); err != nil {
		return err
	}
	return out.Close()
}

// choose returns the symbols of the names, and of the types within them whose layout
// the linker looks up for the garbage collector.
func (s *stub) choose(names map[string]bool) []uint32 {
	seen := map[uint32]bool{}
	var chosen []uint32
	take := func(i uint32) {
		if !seen[i] {
			seen[i] = true
			chosen = append(chosen, i)
		}
	}
	for _, i := range s.of.always {
		take(i)
	}
	for name := range names {
		for i := range s.of.find(name) {
			take(i)
		}
	}
	for n := 0; n < len(chosen); n++ {
		if i := chosen[n]; s.of.nested[i] {
			for _, r := range s.of.within(i) {
				take(r.to)
			}
		}
	}
	slices.Sort(chosen)
	return chosen
}

// variants are the names that a Go symbol may have in a library.
func variants(name string) []string {
	short := mangled(name)
	return []string{short, short + ".abiinternal", short + ".abi0"}
}
