package direct

import "testing"

// Unknown output neither panics nor makes a link: a Go program may print other things
// besides, and the go command may be a script.
func TestDryRunOfNoise(t *testing.T) {
	for _, text := range []string{
		"SCHED 0ms: gomaxprocs=2\n  P0: status=1 schedtick=0\n", " \n", "cat\n", "cat >x << 'EOF' # internal\n", "echo\n", "\"\n", "A='\n", "cd\n",
	} {
		if d, err := parseDryRun(text, "/"); err == nil && d.link != nil {
			t.Errorf("%q has a link", text)
		}
	}
}
