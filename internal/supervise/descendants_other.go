//go:build !linux

package supervise

import "github.com/shirou/gopsutil/v4/process"

// Descendants lists the living descendants of a process, without itself.
func Descendants(root int) []int {
	p, err := process.NewProcess(int32(root))
	if err != nil {
		return nil
	}
	children, err := p.Children()
	if err != nil {
		return nil
	}
	var found []int
	for _, c := range children {
		found = append(found, int(c.Pid))
		found = append(found, Descendants(int(c.Pid))...)
	}
	return found
}
