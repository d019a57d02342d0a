package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// toolProcess is a process whose use of the machine is hotreload's own.
type toolProcess struct {
	pid  int
	name string
}

// use is what a process has taken so far.
type use struct {
	cpu     time.Duration // user and system
	wakeups int           // voluntary context switches, of all threads
}

const (
	supervisorName = "hotreload-supervisor"
	// tick is the unit of /proc/PID/stat: sysconf(_SC_CLK_TCK) is 100 on every
	// Linux that Go runs on.
	tick = 10 * time.Millisecond
)

// toolProcesses are hotreload itself and its supervisors, without the app.
func toolProcesses(pid int) ([]toolProcess, error) {
	found := []toolProcess{{pid, "hotreload"}}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	for _, file := range stats {
		fields, err := statFields(file)
		if err != nil || fields[1] != strconv.Itoa(pid) {
			continue // ended, or not its child
		}
		command, err := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if name, _, _ := bytes.Cut(command, []byte{0}); err == nil && string(name) == supervisorName {
			child, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err != nil {
				return nil, fmt.Errorf("list processes: %w", err)
			}
			found = append(found, toolProcess{child, supervisorName})
		}
	}
	return found, nil
}

// usageOf reads what each process has taken.
func usageOf(processes []toolProcess) ([]use, error) {
	var all []use
	for _, p := range processes {
		fields, err := statFields(fmt.Sprintf("/proc/%d/stat", p.pid))
		if err != nil {
			return nil, fmt.Errorf("read the CPU time of %s: %w", p.name, err)
		}
		var u use
		for _, field := range fields[11:13] { // utime, stime
			ticks, err := strconv.Atoi(field)
			if err != nil {
				return nil, fmt.Errorf("read the CPU time of %s: %w", p.name, err)
			}
			u.cpu += time.Duration(ticks) * tick
		}
		if u.wakeups, err = wakeups(p.pid); err != nil {
			return nil, fmt.Errorf("read the context switches of %s: %w", p.name, err)
		}
		all = append(all, u)
	}
	return all, nil
}

// statFields are the fields of /proc/PID/stat from the state on: what comes
// before is a name that may hold spaces and brackets.
func statFields(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return nil, fmt.Errorf("%s has %d fields", file, len(fields))
	}
	return fields, nil
}

// wakeups sums the voluntary context switches of a process's threads.
func wakeups(pid int) (sum int, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		return 0, err
	}
	for _, file := range threads {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "voluntary_ctxt_switches:"); ok {
				n, err := strconv.Atoi(strings.TrimSpace(value))
				if err != nil {
					return 0, err
				}
				sum += n
			}
		}
	}
	return sum, nil
}
