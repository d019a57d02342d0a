package build

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/shirou/gopsutil/v4/disk"

	"hotreload/build/diag"
)

// noSpace are what systems say when a disk, or a user's part of it, is full.
var noSpace = []string{"no space left on device", "disk quota exceeded", "not enough space on the disk"}

// little is so little space that a disk counts as full: what did not fit is gone by now.
const little = 64 << 20

// explainFull names the disk that is full, if that is why a build failed.
func (b *Builder) explainFull(c Config, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	var failed *Error
	if errors.As(err, &failed) {
		text = failed.Text
	}
	if !slices.ContainsFunc(noSpace, func(says string) bool { return strings.Contains(strings.ToLower(text), says) }) {
		return err
	}
	hint := b.fullDisk(c)
	if failed == nil {
		return fmt.Errorf("%s: %w", hint, err)
	}
	return &Error{
		Diagnostics: slices.Concat([]Diagnostic{{Severity: diag.SeverityError, Message: hint}}, failed.Diagnostics),
		Text:        hint + "\n" + failed.Text,
	}
}

// fullDisk says which disk is full, and what to do.
func (b *Builder) fullDisk(c Config) string {
	dir, variable, least := "", "", uint64(little)
	for _, place := range []struct{ dir, variable string }{
		{b.cache, "XDG_CACHE_HOME"}, {append(Caches(c), "")[0], "GOCACHE"}, {os.TempDir(), "TMPDIR"}, {b.root, ""},
	} {
		if usage, err := disk.Usage(place.dir); err == nil && usage.Free < least {
			dir, variable, least = place.dir, place.variable, usage.Free
		}
	}
	const free = "free some space, for instance with `go clean -cache`"
	switch {
	case dir == "":
		return "a disk is full; " + free
	case variable == "":
		return fmt.Sprintf("the disk of %s is full; %s", dir, free)
	}
	return fmt.Sprintf("the disk of %s is full; %s, or set %s to a directory on another one", dir, free, variable)
}
