package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/shirou/gopsutil/v4/disk"

	"hotreload/internal/paths"
)

// ReadMount finds the mount that a directory is on. It returns the zero Mount if that
// is unknown.
func ReadMount(ctx context.Context, dir string) Mount {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	mounts, err := disk.PartitionsWithContext(ctx, true)
	if err != nil {
		return Mount{}
	}
	var found Mount
	for _, m := range mounts {
		if paths.Within(dir, m.Mountpoint) && len(m.Mountpoint) >= len(found.Point) { // of two at the same place the later one hides the other
			found = Mount{Point: m.Mountpoint, Type: m.Fstype, NoExec: slices.Contains(m.Opts, "noexec")}
		}
	}
	return found
}

// ReadPlace tries to write to a directory, and creates it if necessary.
func ReadPlace(ctx context.Context, dir string) Place {
	p := Place{Dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.Err = fmt.Errorf("create the cache: %w", err)
		return p
	}
	probe, err := os.CreateTemp(dir, "doctor")
	if err != nil {
		p.Err = fmt.Errorf("write to the cache: %w", err)
		return p
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	return ReadSpace(ctx, dir)
}

// ReadSpace finds out where a directory is, and how much space is left there.
func ReadSpace(ctx context.Context, dir string) Place {
	p := Place{Dir: dir}
	usage, err := disk.UsageWithContext(ctx, dir)
	if err != nil {
		p.Err = err
		return p
	}
	p.Mount, p.Total, p.Free = ReadMount(ctx, dir), usage.Total, usage.Free
	return p
}
