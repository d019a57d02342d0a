package words

import "testing"

func TestWords(t *testing.T) {
	for want, got := range map[string]string{
		"1 file":        Plural(1, "file"),
		"0 files":       Plural(0, "file"),
		"2 files":       Plural(2, "file"),
		"1 directory":   Plural(1, "directory"),
		"2 directories": Plural(2, "directory"),
		"3 processes":   Plural(3, "process"),
		"1 process":     Plural(1, "process"),
		"0 ms":          Duration(0),
		"9999 ms":       Duration(9_999),
		"10s":           Duration(10_000),
		"1m30s":         Duration(90_400),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
