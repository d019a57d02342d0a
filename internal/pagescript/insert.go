package pagescript

import (
	"bytes"
	"io"
)

// Inserter puts a tag into a page that comes in pieces. It goes right behind <head>, or
// where that would be: before the first thing that is no comment, doctype or <html>.
type Inserter struct {
	tag      []byte
	always   bool   // a page that consists of a fragment gets it as well
	done     bool   // the place was found
	document bool   // there was a doctype or <html>
	held     []byte // of a tag that has begun

	reading func(*Inserter, byte) verdict
	of      string // the tag that is being read
	quote   byte   // in an attribute's value: what ends it
	equals  bool   // an attribute's value comes next
	dashes  int    // in a comment
}

// verdict is what a byte means for those that are held, itself included.
type verdict int

const (
	pass   verdict = iota // they can be sent
	hold                  // it is not known yet
	before                // the place is before them
	after                 // the place is after them
)

// NewInserter returns an inserter of a tag into a whole document, and with always into
// anything.
func NewInserter(tag []byte, always bool) *Inserter {
	return &Inserter{tag: tag, always: always, reading: between}
}

// Done reports whether pieces pass as they are from now on.
func (i *Inserter) Done() bool { return i.done }

// Append appends to dst what can be sent now that a piece has come.
func (i *Inserter) Append(dst, piece []byte) []byte {
	for n, b := range piece {
		if i.done {
			return append(dst, piece[n:]...)
		}
		i.held = append(i.held, b)
		switch i.reading(i, b) {
		case pass:
			dst = i.release(dst)
		case before:
			dst = i.insert(dst)
			dst = i.release(dst)
		case after:
			dst = i.release(dst)
			dst = i.insert(dst)
		}
	}
	return dst
}

// End appends what is left at the end of the page.
func (i *Inserter) End(dst []byte) []byte {
	if !i.done {
		dst = i.insert(dst)
	}
	return i.release(dst)
}

func (i *Inserter) release(dst []byte) []byte {
	dst = append(dst, i.held...)
	i.held = i.held[:0]
	return dst
}

// insert puts the tag here, if this is a page at all.
func (i *Inserter) insert(dst []byte) []byte {
	i.done = true
	if i.document || i.always {
		dst = append(dst, i.tag...)
	}
	return dst
}

// The functions below are the states: what has been read is what their names say.

func between(i *Inserter, b byte) verdict {
	switch b {
	case '<':
		i.reading = opened
		return hold
	case ' ', '\t', '\n', '\r', '\f', 0xEF, 0xBB, 0xBF: // white space, and a byte order mark
		return pass
	case 0xFE, 0xFF: // UTF-16: no tag of ours can be read in it
		i.always, i.document = false, false
	}
	return before
}

func opened(i *Inserter, b byte) verdict {
	switch {
	case b == '!':
		i.reading = declared
		return hold
	case b == '?':
		i.reading = bogus
		return pass
	case isLetter(b):
		i.reading = named
		return hold
	}
	return before
}

// declared has read "<!", and perhaps a dash.
func declared(i *Inserter, b byte) verdict {
	switch {
	case b == '-' && len(i.held) == 3:
		return hold
	case b == '-':
		i.reading, i.dashes = comment, 2
		return pass
	}
	i.document = i.document || b == 'd' || b == 'D'
	i.reading = bogus
	return bogus(i, b)
}

// bogus has read the beginning of a doctype, or of something that browsers skip as well.
func bogus(i *Inserter, b byte) verdict {
	if b == '>' {
		i.reading = between
	}
	return pass
}

func comment(i *Inserter, b byte) verdict {
	switch {
	case b == '-':
		i.dashes++
	case b == '>' && i.dashes >= 2:
		i.reading = between
	case b == '!' && i.dashes >= 2: // --!> ends it, too
	default:
		i.dashes = 0
	}
	return pass
}

// named has read the beginning of a tag's name.
func named(i *Inserter, b byte) verdict {
	if isLetter(b) && len(i.held) <= len("<html") {
		return hold
	}
	i.of = string(bytes.ToLower(i.held[1 : len(i.held)-1]))
	switch i.of {
	case "html", "head", "body":
		if b != '>' && b != '/' && !isSpace(b) {
			return before
		}
		i.document = true
	}
	if i.of != "html" && i.of != "head" {
		return before
	}
	i.reading, i.quote, i.equals = tag, 0, false
	return tag(i, b)
}

// tag has read a part of <html> or <head>.
func tag(i *Inserter, b byte) verdict {
	switch {
	case i.quote != 0:
		if b == i.quote {
			i.quote = 0
		}
	case b == '>' && i.of == "head":
		return after
	case b == '>':
		i.reading = between
	case b == '=':
		i.equals = true
	case i.equals && (b == '"' || b == '\''):
		i.quote, i.equals = b, false
	case !isSpace(b):
		i.equals = false
	}
	return pass
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }
func isSpace(b byte) bool  { return b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\f' }

// Reader is a body with the tag in it.
type Reader struct {
	io.ReadCloser
	inserter *Inserter
	ready    []byte // to be read next
	piece    []byte
	err      error // that comes after it
}

// NewReader returns the body with the inserter's tag in it.
func NewReader(body io.ReadCloser, i *Inserter) *Reader {
	return &Reader{ReadCloser: body, inserter: i}
}

// pieceSize is how much is read at a time while the place is not found.
const pieceSize = 16 << 10

func (r *Reader) Read(into []byte) (int, error) {
	for len(r.ready) == 0 {
		switch {
		case r.err != nil:
			return 0, r.err
		case r.inserter.Done():
			return r.ReadCloser.Read(into)
		case r.piece == nil:
			r.piece = make([]byte, pieceSize)
		}
		n, err := r.ReadCloser.Read(r.piece)
		r.ready = r.inserter.Append(r.ready, r.piece[:n])
		if err == io.EOF {
			r.ready = r.inserter.End(r.ready)
		}
		r.err = err
	}
	n := copy(into, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}
