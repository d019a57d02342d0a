package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
)

// partSize is how much of an artifact is one object: what is sent again after a cut.
const partSize = 2 << 20

// Payload is something in the store that an artifact can be made from.
type Payload struct {
	Name  string // of its parts, without their numbers
	Parts int
	Size  int64
}

// Whole names the payload that is a whole artifact.
func whole(digest string) string { return "whole." + digest }

// difference names the payload that makes an artifact out of another one.
func difference(digest, from string) string { return "delta." + digest + "." + from }

const (
	partsKey = "parts"
	sizeKey  = "size"
)

// put stores a payload in parts. The first one comes last: when it is there, all are.
func (s stores) put(ctx context.Context, name string, r io.Reader) (sent int64, err error) {
	var first []byte
	parts := 0
	for ; ; parts++ {
		part := make([]byte, partSize)
		n, err := io.ReadFull(r, part)
		sent += int64(n)
		if n > 0 && parts == 0 {
			first = part[:n]
		} else if n > 0 {
			if err := s.putPart(ctx, name, parts, part[:n], nil); err != nil {
				return sent, err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			if n > 0 {
				parts++
			}
			break
		}
		if err != nil {
			return sent, err
		}
	}
	return sent, s.putPart(ctx, name, 0, first, map[string]string{partsKey: strconv.Itoa(parts), sizeKey: strconv.FormatInt(sent, 10)})
}

func (s stores) putPart(ctx context.Context, name string, n int, data []byte, meta map[string]string) error {
	_, err := s.objects.Put(ctx, jetstream.ObjectMeta{
		Name: partName(name, n), Metadata: meta, Opts: &jetstream.ObjectMetaOptions{ChunkSize: s.chunk},
	}, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("store a version on the bus: %w", explain(err))
	}
	return nil
}

func partName(name string, n int) string { return name + "." + strconv.Itoa(n) }

// find looks for a payload. Without an error it may be absent.
func (s stores) find(ctx context.Context, name string) (Payload, bool, error) {
	info, err := s.objects.GetInfo(ctx, partName(name, 0))
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return Payload{}, false, nil
	}
	if err != nil {
		return Payload{}, false, explain(err)
	}
	parts, err := strconv.Atoi(info.Metadata[partsKey])
	size, err2 := strconv.ParseInt(info.Metadata[sizeKey], 10, 64)
	if err := errors.Join(err, err2); err != nil {
		return Payload{}, false, fmt.Errorf("the bus has a version that another program has stored: %w", err)
	}
	return Payload{name, parts, size}, true, nil
}

// part writes one part of a payload.
func (s stores) part(ctx context.Context, p Payload, n int, w io.Writer) error {
	object, err := s.objects.Get(ctx, partName(p.Name, n))
	if err != nil {
		return explain(err)
	}
	_, err = io.Copy(w, io.LimitReader(object, partSize+1))
	return errors.Join(err, object.Close())
}

// prune removes the payloads of artifacts that are not wanted any more.
func (s stores) prune(ctx context.Context, wanted func(name string) bool) error {
	list, err := s.objects.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, o := range list {
		if !wanted(o.Name) {
			err = errors.Join(err, s.objects.Delete(ctx, o.Name))
		}
	}
	return err
}
