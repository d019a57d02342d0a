package supervise

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Who descends from a process is found while its other descendants come and go.
func TestDescendants(t *testing.T) {
	t.Parallel()
	const family = `
(sleep 60 & echo $!; wait) &
while :; do (true; (true) & ) & wait $!; done`
	cmd := exec.Command("sh", "-c", family)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = commandAttributes() // a group
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	root := cmd.Process.Pid
	t.Cleanup(func() {
		for _, pid := range append(Descendants(root), root) {
			_ = exec.Command("kill", "-9", strconv.Itoa(pid)).Run()
		}
		_ = cmd.Wait()
	})
	line := make([]byte, 20)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	sleeper, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		if found := Descendants(root); !slices.Contains(found, sleeper) {
			t.Fatalf("%v lacks %d", found, sleeper)
		}
	}
	w := walk{ended: map[int]bool{}}
	if !w.below(root) {
		t.Skip("this kernel does not list children")
	}
	if got, want := Descendants(sleeper), scan(sleeper); len(got)+len(want) > 0 {
		t.Errorf("%v and %v descend from %d", got, want, sleeper)
	}
}
