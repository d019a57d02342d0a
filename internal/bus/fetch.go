package bus

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"hotreload/internal/fleet"
)

// waitForPart is the pause before the bus is asked again for what it does not have yet.
const waitForPart = 200 * time.Millisecond

// ErrTampered is an artifact that is not what was signed.
var ErrTampered = errors.New("what the bus has for this version is not what the session has signed; it is not run")

// Fetch brings an artifact into a directory, as a file that is called by its digest, from where
// an attempt before it left off. from are digests of artifacts that lie there already. It
// returns how many bytes came over the bus.
func (l *Line) Fetch(ctx context.Context, dir string, a fleet.Artifact, from []string) (received int64, err error) {
	for {
		received, err = l.fetch(ctx, dir, a, from)
		if errors.Is(err, ErrTampered) && len(from) > 0 {
			from = nil // the difference, or what it is to, is damaged: the whole will do
			continue
		}
		if err == nil || errors.Is(err, ErrTampered) || isFull(err) {
			return received, err
		}
		select {
		case <-ctx.Done():
			return received, errors.Join(context.Cause(ctx), err)
		case <-time.After(waitForPart): // a cut, or it is not there yet
		}
	}
}

var errNotThere = errors.New("the version is not on the bus yet")

func (l *Line) fetch(ctx context.Context, dir string, a fleet.Artifact, from []string) (int64, error) {
	s, err := l.conn.openStores(ctx)
	if err != nil {
		return 0, err
	}
	p, old, err := s.choose(ctx, a, from)
	if err != nil {
		return 0, err
	}
	temp := filepath.Join(dir, "part."+p.Name)
	if err := s.receive(ctx, p, temp); err != nil {
		if isFull(err) { // others may need the room that it takes
			_ = os.Remove(temp)
			err = fmt.Errorf("receive a version: %w", err)
		}
		return 0, err
	}
	err = assemble(dir, temp, a, old)
	if errors.Is(err, ErrTampered) || isFull(err) || err == nil {
		_ = os.Remove(temp)
	}
	if errors.Is(err, ErrTampered) && old != "" {
		dropDamaged(filepath.Join(dir, old), old)
	}
	return p.Size, err
}

// dropDamaged removes an artifact that is not what its name says, as after a crash of the system. Else
// each difference to it would be in vain.
func dropDamaged(file, digest string) {
	if is, _, err := Digest(file); err == nil && is != digest {
		_ = os.Remove(file)
	}
}

// choose finds the smallest payload that an artifact can be made from.
func (s stores) choose(ctx context.Context, a fleet.Artifact, from []string) (p Payload, old string, err error) {
	for _, old := range from {
		p, there, err := s.find(ctx, difference(a.Digest, old))
		if err != nil || there {
			return p, old, cmp.Or(err, p.fits(a))
		}
	}
	p, there, err := s.find(ctx, whole(a.Digest))
	if err == nil && !there {
		err = errNotThere
	}
	return p, "", cmp.Or(err, p.fits(a))
}

// fits makes sure that a payload is no larger than one of the artifact can be: anyone who has the
// token can store one.
func (p Payload) fits(a fleet.Artifact) error {
	if most := a.Size + a.Size/8 + partSize; p.Size > most || int64(p.Parts) > most/partSize+1 || p.Parts < 0 || p.Size < 0 {
		return ErrTampered
	}
	return nil
}

// receive appends to a file what it lacks of a payload.
func (s stores) receive(ctx context.Context, p Payload, temp string) error {
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	n := int(info.Size() / partSize) // parts that are there
	if info.Size() == p.Size {
		return nil
	}
	for ; n < p.Parts; n++ {
		at := int64(n) * partSize
		if err := f.Truncate(at); err != nil {
			return err
		}
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			return err
		}
		if err := s.part(ctx, p, n, f); err != nil {
			return err
		}
	}
	return nil
}

// assemble makes an artifact out of a payload, and out of another artifact if it is a difference.
func assemble(dir, payload string, a fleet.Artifact, old string) error {
	from, err := os.Open(payload)
	if err != nil {
		return err
	}
	defer from.Close()
	z, err := decompressed(from)
	if err != nil {
		return err
	}
	defer z.Close()
	temp := filepath.Join(dir, "new."+a.Digest)
	to, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o700)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	digest := sha256.New()
	both := io.MultiWriter(to, digest)
	if old == "" {
		_, err = io.Copy(both, io.LimitReader(z, a.Size+1))
	} else {
		err = apply(both, z, filepath.Join(dir, old), a.Size)
	}
	if err != nil {
		_ = to.Close()
		if isFull(err) {
			return fmt.Errorf("write a version: %w", err)
		}
		return errors.Join(ErrTampered, err)
	}
	if err := to.Close(); err != nil { // if the system crashes now, the digest of the file will tell
		return err
	}
	if hex.EncodeToString(digest.Sum(nil)) != a.Digest {
		return ErrTampered
	}
	return os.Rename(temp, filepath.Join(dir, a.Digest))
}
