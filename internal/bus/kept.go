package bus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"hotreload/internal/fleet"
)

// kept is a directory of artifacts, each under its digest.
type kept struct{ dir string }

func openKept(dir string) (kept, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return kept{}, fmt.Errorf("keep versions for the bus: %w", err)
	}
	return kept{dir}, nil
}

func (k kept) path(digest string) string { return filepath.Join(k.dir, digest) }

// has reports whether an artifact is here.
func (k kept) has(digest string) bool {
	_, err := os.Stat(k.path(digest))
	return err == nil
}

// spare is how many artifacts are kept besides those that are wanted: what late instances have.
const spare = 4

// prune removes artifacts that are neither wanted nor new.
func (k kept) prune(wanted map[string]bool) {
	entries, _ := os.ReadDir(k.dir) // an error: there are none
	var others []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && !wanted[e.Name()] && len(e.Name()) == hex.EncodedLen(sha256.Size) {
			others = append(others, info)
		}
	}
	slices.SortFunc(others, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range others[min(spare, len(others)):] {
		_ = os.Remove(k.path(info.Name()))
	}
}

// take takes in a file whose digest is not known yet.
func (k kept) take(file string) (incoming string, err error) {
	to, err := os.CreateTemp(k.dir, "incoming-*")
	if err != nil {
		return "", err
	}
	defer to.Close()
	if os.Remove(to.Name()) == nil && os.Link(file, to.Name()) == nil {
		return to.Name(), nil
	}
	from, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer from.Close()
	copied, err := os.OpenFile(to.Name(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(copied, from)
	return to.Name(), errors.Join(err, copied.Close())
}

// drop removes a file that was taken in.
func (k kept) drop(incoming string) { _ = os.Remove(incoming) }

// name gives a file that was taken in the name of its digest, which is found out unless it is known.
func (k kept) name(incoming, digest string) (fleet.Artifact, string, error) {
	info, err := os.Stat(incoming)
	if err == nil && digest == "" {
		digest, _, err = Digest(incoming)
	}
	if err != nil {
		return fleet.Artifact{}, "", err
	}
	to := k.path(digest)
	if incoming != to {
		err = os.Rename(incoming, to)
		if err == nil {
			_ = os.Remove(incoming) // rename does nothing if both are the same file
		}
	}
	return fleet.Artifact{Digest: digest, Size: info.Size()}, to, err
}

// Digest is the SHA-256 of a file, hexadecimal.
func Digest(file string) (digest string, size int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	sum := sha256.New()
	size, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), size, err
}
