package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// again is how often a test looks at something that reports no changes.
const again = 10 * time.Millisecond

// markers counts the sessions of this test binary.
var markers atomic.Int64

// newMarker returns a variable for the environment of a session, by which its processes
// are found wherever they hide.
func newMarker() string {
	return fmt.Sprintf("TEST_SESSION=%d-%d-%d.", os.Getpid(), time.Now().UnixNano(), markers.Add(1))
}

// process is one that a session started.
type process struct {
	pid     int
	command string
}

// processes lists the processes that the session started and that are alive.
func (h *tool) processes() []process { h.t.Helper(); return marked(h.t, h.marker) }

func marked(t *testing.T, marker string) []process {
	t.Helper()
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []process
	for _, file := range environs {
		environ, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(environ, []byte(marker)) {
			continue
		}
		dir := filepath.Dir(file)
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		command, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		found = append(found, process{pid, string(bytes.ReplaceAll(command, []byte{0}, []byte{' '}))})
	}
	return found
}

// awaitNone waits until nothing of a killed session is alive: its supervisors
// see to that.
func (h *tool) awaitNone() {
	h.t.Helper()
	awaitThat(h.t, "no process of the session", func() bool { return len(h.processes()) == 0 })
}

// awaitThat waits for what no event reports.
func awaitThat(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(again)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not in %v: %s", patience, what)
		}
	}
}
