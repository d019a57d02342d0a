//go:build !linux

package runner

import psprocess "github.com/shirou/gopsutil/v4/process"

// memory is how much memory a process uses; 0: unknown.
func memory(pid int) uint64 {
	p, err := psprocess.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	info, err := p.MemoryInfo()
	if err != nil {
		return 0
	}
	return info.RSS
}
