package shared

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// This file says whether the machine has what it takes to make a library beside what it is
// there for.

const (
	// cores is how many there are at least: one of them will be busy.
	cores = 2
	// memory is what the compiler needs for the biggest packages that are known, translated
	// from C.
	memory = 1 << 30
	// disk is what is left free, of the two places that grow: the go command's cache and
	// ours. Libraries of big apps have 100 MB, the packages in them 500 MB.
	disk = 3 << 30
)

// scarce says what the machine has too little of, or "". dirs are where much will be
// written.
func scarce(dirs ...string) string {
	const control = "/sys/fs/cgroup" // of the container that this runs in, if it has limits
	n := float64(runtime.NumCPU())
	if quota := readFields(filepath.Join(control, "cpu.max")); len(quota) == 2 && quota[1] > 0 && quota[0] > 0 {
		n = min(n, quota[0]/quota[1])
	}
	if n < cores {
		return "to make it takes two cores"
	}
	free := availableMemory()
	limit, used := readFields(filepath.Join(control, "memory.max")), readFields(filepath.Join(control, "memory.current"))
	if len(limit) == 1 && limit[0] > 0 && len(used) == 1 && (free == 0 || limit[0]-used[0] < free) {
		free = max(limit[0]-used[0], 1)
	}
	if free > 0 && free < memory {
		return "to make it takes 1 GB of memory that is not in use"
	}
	for _, dir := range dirs {
		if room, err := freeSpace(dir); err == nil && room < disk {
			return fmt.Sprintf("less than 3 GB are left on the disk that %s is on", dir)
		}
	}
	return ""
}

// readFields are the numbers in a file, 0 for what is none.
func readFields(file string) (all []float64) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	for word := range strings.FieldsSeq(string(text)) {
		n, _ := strconv.ParseFloat(word, 64) // an error: "max"
		all = append(all, n)
	}
	return all
}

// availableMemory is how many bytes programs can get without swapping; 0: not known.
func availableMemory() float64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kb, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kb * 1024
		}
	}
	return 0
}
