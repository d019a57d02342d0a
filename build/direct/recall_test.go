package direct

import (
	"fmt"
	"testing"
)

// archive is a compiled package of two entries, as the compiler writes it.
func archive(id, exports, code string) string {
	head := "go object linux amd64\nbuild id \"" + id + "\"\n"
	return archiveMagic + entryOf("__.PKGDEF", head+exports) + entryOf("_go_.o", head+code)
}

func entryOf(name, text string) string {
	head := fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, 0, 0, 0, 0o644, len(text))
	if len(text)%2 == 1 {
		text += "\x00"
	}
	return head + text
}

// A kept package gets the build ID that the go command wants, if it is whole and the ID has
// the length of its own.
func TestNamed(t *testing.T) {
	o := object(archive(ourBuildID, "exports", "code!"))
	other := "theirs-by-content---/theirs-by-content---"
	text, ok := o.named(other)
	if want := archive(other, "exports", "code!"); !ok || string(text) != want {
		t.Errorf("%v, %q, want %q", ok, text, want)
	}
	for name, o := range map[string]object{
		"cut off": o[:len(o)-1], "longer": append(o[:len(o):len(o)], 'x'), "empty": nil, "one entry": o[:len(archiveMagic)+entryHeader+80],
	} {
		if _, ok := o.named(other); ok {
			t.Errorf("one that is %s was taken", name)
		}
	}
	if _, ok := o.named("short"); ok {
		t.Error("a shorter ID was given")
	}
}

// Only a call of the compiler is recalled whose input is known, and that prints nothing.
func TestCalled(t *testing.T) {
	for _, test := range []struct {
		command []string
		taken   bool
	}{
		{[]string{"/go/compile", "-o", "/w/b1/_pkg_.a", "-trimpath", "/w/b1=>", "-p", "x", "-pack", "/x/x.go"}, true},
		{[]string{"/go/compile", "-o", "/w/b1/_pkg_.a", "-buildid", "-m0/-m0", "-pack", "/x/x.go"}, true},
		{[]string{"/go/compile", "-V=full"}, false},
		{[]string{"/go/link", "-o", "/w/b1/_pkg_.a", "-pack", "/x/x.go"}, false},
		{[]string{"/go/compile", "-o", "/w/b1/_pkg_.a", "-m", "-pack", "/x/x.go"}, false},
		{[]string{"/go/compile", "-o", "/w/b1/_pkg_.a", "-pgoprofile=/x/default.pgo", "-pack", "/x/x.go"}, false},
		{[]string{"/go/compile", "-o", "/w/b1/_pkg_.a", "-symabis", "/w/b1/symabis", "-pack", "/x/x.go"}, false},
		{[]string{"/go/compile", "-o", "/w/b1/_pkg_.a", "-pack", "/x/x.go", "/w/b1/_cgo_gotypes.go"}, false},
		{[]string{"/go/compile", "-o", "/w/b1/_pkg_.a", "-pack"}, false},
		{[]string{"/go/compile", "-o", "/w/b1/_pkg_.a", "-importcfg", "/w/b1/none", "-pack", "/x/x.go"}, false},
	} {
		if _, _, _, err := called(test.command); (err == nil) != test.taken {
			t.Errorf("%q: %v", test.command, err)
		}
	}
}
