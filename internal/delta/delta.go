// Package delta finds the difference between two versions of an executable, and makes the
// newer one out of the older one and that.
//
// In go an old and a new version; out comes a difference, and from it and the old version the
// new one, byte by byte. What always holds: Apply reads nothing outside the old version and
// writes no more than it was told, whatever the difference says. That the result is the right
// one its digest must tell.
//
// An edit of a Go program moves code, and so changes addresses all over the executable: equal
// parts are short, and a compressor that looks for them finds little. So, as in bsdiff, a part
// is a stretch of the new version that is like one of the old version, and what is kept is the
// difference of their bytes: mostly zeros, which a compressor makes nothing of. A difference is
// meant to be compressed.
//
//	part = length | length of what is new | where in the old version | differences | what is new
package delta

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

const (
	// anchor is how many equal bytes make a stretch worth a look.
	anchor = 32
	// stride is how far the anchors of the old version are apart. What is equal for longer than
	// anchor and stride is found.
	stride = 16
	// word is how many bytes are compared at once.
	word = 8
	// tolerance is how much worse than its best a stretch may become before it ends: a count
	// of bytes that differ, beyond those that do not.
	tolerance = 24
)

// index finds anchors in an old version.
type index struct {
	old   []byte
	table []int32 // hash -> position+1
	shift uint
}

func newIndex(old []byte) index {
	bits := uint(10)
	for 1<<bits < len(old)/stride*2 {
		bits++
	}
	x := index{old: old, table: make([]int32, 1<<bits), shift: 64 - bits}
	for at := 0; at+anchor <= len(old); at += stride {
		x.table[hash(old[at:])>>x.shift] = int32(at + 1)
	}
	return x
}

// hash mixes the bytes of an anchor.
func hash(b []byte) uint64 {
	const m = 0x9E3779B97F4A7C15
	h := binary.LittleEndian.Uint64(b) * m
	for i := 8; i < anchor; i += 8 {
		h = (h<<29 | h>>35) ^ binary.LittleEndian.Uint64(b[i:])*m
	}
	return h * m
}

// find is where in the old version an anchor is; -1: it is not known.
func (x index) find(b []byte) int {
	at := int(x.table[hash(b)>>x.shift]) - 1
	if at < 0 || string(x.old[at:at+anchor]) != string(b[:anchor]) {
		return -1
	}
	return at
}

// Write writes the difference between two versions.
func Write(to io.Writer, old, now []byte) error {
	w := bufio.NewWriterSize(to, 64<<10)
	x := newIndex(old)
	d := differ{index: x, now: now, to: w}
	d.run()
	return w.Flush() // bufio keeps the first error
}

// differ writes a difference.
type differ struct {
	index
	now  []byte
	to   *bufio.Writer
	head [3 * binary.MaxVarintLen64]byte
}

// run goes through the new version from stretch to stretch.
func (d *differ) run() {
	from, offset := 0, 0 // the current stretch: now[from:] is like old[from+offset:]
	length := d.alike(0, 0)
	for at := length; at+anchor <= len(d.now); {
		old := d.find(d.now[at:])
		if old < 0 {
			at++
			continue
		}
		next := at - d.backwards(at, old, from+length)
		d.part(from, offset, length, next)
		from, offset = next, old-at
		length = d.alike(from, from+offset)
		at = max(from+length, at+1)
	}
	d.part(from, offset, length, len(d.now))
}

// alike is for how long the two versions are alike from two positions on.
func (d *differ) alike(now, old int) int {
	limit := min(len(d.now)-now, len(d.old)-old)
	score, best, length := 0, 0, 0
	a, b := d.now[now:now+limit], d.old[old:old+limit]
	for i := 0; i < limit; i++ {
		if i+word <= limit && binary.LittleEndian.Uint64(a[i:]) == binary.LittleEndian.Uint64(b[i:]) { // as nearly always
			score += word
			if score >= best {
				best, length = score, i+word
			}
			i += word - 1
			continue
		}
		if a[i] == b[i] {
			score++
		} else {
			score--
		}
		switch {
		case score >= best:
			best, length = score, i+1
		case score < best-tolerance:
			return length
		}
	}
	return length
}

// backwards is for how long they are alike before two positions, down to a limit.
func (d *differ) backwards(now, old, limit int) int {
	score, best, length := 0, 0, 0
	for i := 1; now-i >= limit && old-i >= 0; i++ {
		if d.now[now-i] == d.old[old-i] {
			score++
		} else {
			score--
		}
		switch {
		case score >= best:
			best, length = score, i
		case score < best-tolerance:
			return length
		}
	}
	return length
}

// part writes a stretch, and what is new between it and the next one.
func (d *differ) part(from, offset, length, next int) {
	fresh := d.now[from+length : next]
	if length == 0 && len(fresh) == 0 {
		return
	}
	head := binary.AppendUvarint(d.head[:0], uint64(length))
	head = binary.AppendUvarint(head, uint64(len(fresh)))
	head = binary.AppendUvarint(head, uint64(max(from+offset, 0)))
	_, _ = d.to.Write(head)
	var differences [4 << 10]byte
	for done := 0; done < length; {
		n := min(length-done, len(differences))
		a, b := d.now[from+done:from+done+n], d.old[from+offset+done:from+offset+done+n]
		for i := range a {
			differences[i] = a[i] - b[i]
		}
		_, _ = d.to.Write(differences[:n])
		done += n
	}
	_, _ = d.to.Write(fresh)
}

// errDamaged is a difference that says what cannot be.
var errDamaged = errors.New("the difference between two versions is damaged")

// Apply makes a new version of a size out of an old one and the difference.
func Apply(to io.Writer, difference io.Reader, old io.ReaderAt, size int64) error {
	r, w := bufio.NewReaderSize(difference, 64<<10), bufio.NewWriterSize(to, 64<<10)
	for size > 0 {
		var head [3]uint64
		for i := range head {
			n, err := binary.ReadUvarint(r)
			if err != nil {
				return errors.Join(errDamaged, err)
			}
			head[i] = n
		}
		length, fresh, from := head[0], head[1], head[2]
		if length > uint64(size) || fresh > uint64(size)-length || from > 1<<62 {
			return errDamaged
		}
		if err := add(w, r, io.NewSectionReader(old, int64(from), int64(length)), int64(length)); err != nil {
			return err
		}
		if _, err := io.CopyN(w, r, int64(fresh)); err != nil {
			return err
		}
		if length == 0 && fresh == 0 {
			return errDamaged
		}
		size -= int64(length + fresh)
	}
	return w.Flush()
}

// sum adds bytes to others, one by one. A word at once, the highest bit of each byte is added without its carry.
func sum(a, b []byte) {
	const high = 0x8080808080808080
	for len(a) >= word && len(b) >= word {
		x, y := binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(b)
		binary.LittleEndian.PutUint64(a, (x&^high+y&^high)^(x^y)&high)
		a, b = a[word:], b[word:]
	}
	for i := range a {
		a[i] += b[i]
	}
}

// add writes the sums of two streams' bytes.
func add(w io.Writer, r, old io.Reader, length int64) error {
	var a, b [32 << 10]byte
	for length > 0 {
		n := min(length, int64(len(a)))
		if _, err := io.ReadFull(r, a[:n]); err != nil {
			return errors.Join(errDamaged, err)
		}
		if _, err := io.ReadFull(old, b[:n]); err != nil {
			return errors.Join(errDamaged, err)
		}
		sum(a[:n], b[:n])
		if _, err := w.Write(a[:n]); err != nil {
			return err
		}
		length -= n
	}
	return nil
}
