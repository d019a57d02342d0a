package gitignore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkDecide is what arming a watch costs: each path of 5,000 directories
// with ten files each is judged once, by forty lines.
func BenchmarkDecide(b *testing.B) {
	top := b.TempDir()
	lines := strings.Repeat("*.log\nbin\n/dist\nfoo/**/bar\n*.py[co]\n.DS_Store\nbuild/\n**/x/y\n", 5)
	if err := os.WriteFile(filepath.Join(top, ".gitignore"), []byte(lines), 0o644); err != nil {
		b.Fatal(err)
	}
	var paths []string
	for i := range 5000 {
		dir := filepath.Join(top, fmt.Sprintf("d%d/s%d", i/50, i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range 10 {
			paths = append(paths, filepath.Join(dir, fmt.Sprintf("file%d.go", j)))
		}
	}
	for b.Loop() {
		m := New(Settings{}, top)
		for _, path := range paths {
			if m.Decide(path, false).Ignored {
				b.Fatalf("%s is ignored", path)
			}
		}
	}
}
