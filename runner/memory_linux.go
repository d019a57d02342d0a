package runner

import psprocess "github.com/shirou/gopsutil/v4/process"

// memory is how much memory of a process the kernel cannot read again from a file; 0:
// unknown. The rest of a plugin, its code, the kernel can drop.
func memory(pid int) uint64 {
	p, err := psprocess.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	info, err := p.MemoryInfoEx()
	if err != nil || info.Shared > info.RSS {
		return 0
	}
	return info.RSS - info.Shared
}
