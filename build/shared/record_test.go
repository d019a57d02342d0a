//go:build linux

package shared

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRecord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "libraries")
	file := filepath.Join(dir, "record")
	if r := ReadRecord(file); r != (Record{}) {
		t.Errorf("a file that is not there has %v", r)
	}
	want := Record{For: "a", Library: "lib.so"}
	if err := want.Write(file); err != nil {
		t.Fatal(err)
	}
	got := ReadRecord(file)
	if got != want || got.has("a", dir) {
		t.Errorf("got %v", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "lib.so"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !got.has("a", dir) || got.has("b", dir) || (Record{For: "a", Library: "../" + filepath.Base(dir) + "/lib.so"}).has("a", dir) {
		t.Error("it does not know which library is there")
	}
}

// One session at a time makes libraries.
func TestTurn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "libraries")
	end, mine, err := takeTurn(dir)
	if err != nil || !mine {
		t.Fatal(mine, err)
	}
	if _, mine, err := takeTurn(dir); mine || err != nil {
		t.Errorf("while one is made: %v, %v", mine, err)
	}
	end()
	end, mine, err = takeTurn(dir)
	if err != nil || !mine {
		t.Fatal(mine, err)
	}
	end()
}

func TestScarce(t *testing.T) {
	for text, want := range map[string]int{"": 0, "max 100000\n": 2, "150000 100000\n": 2} {
		file := filepath.Join(t.TempDir(), "cpu.max")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readFields(file); len(got) != want || want > 0 && got[1] != 100000 {
			t.Errorf("%q: %v", text, got)
		}
	}
	if availableMemory() < 1<<20 {
		t.Error("there is no memory")
	}
	if free, err := freeSpace(filepath.Join(t.TempDir(), "a", "b")); err != nil || free <= 0 {
		t.Errorf("free: %v, %v", free, err)
	}
}
