package runner

import (
	"fmt"
	"strings"
	"testing"
)

// A line that never ends does not grow without bound: it is cut.
func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for name, test := range map[string]struct {
		pieces []string
		lines  []string
		left   string
	}{
		"as long as can be":  {[]string{long, "\n"}, []string{long}, ""},
		"longer by one":      {[]string{long, "y\n"}, []string{long, "y"}, ""},
		"in one piece":       {[]string{long + long + "y\nz"}, []string{long, long, "y"}, "z"},
		"without an end":     {[]string{long, long, "y"}, []string{long, long}, "y"},
		"in the smallest":    {append([]string{long[1:]}, strings.Split("xyz", "")...), []string{long}, "yz"},
		"with a short after": {[]string{long + "y\nz\n"}, []string{long, "y", "z"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var lines []string
			var l Lines
			for _, piece := range test.pieces {
				lines = append(lines, l.Take(Output{Data: []byte(piece)}).Lines...)
			}
			left := string(l.rest)
			if len(lines) != len(test.lines) || strings.Join(lines, "\n") != strings.Join(test.lines, "\n") || left != test.left {
				t.Errorf("%d lines of %s, %d bytes left; want %d lines of %s, %d bytes left",
					len(lines), lengths(lines), len(left), len(test.lines), lengths(test.lines), len(test.left))
			}
		})
	}
}

func lengths(lines []string) string {
	var all []string
	for _, line := range lines {
		all = append(all, fmt.Sprint(len(line)))
	}
	return strings.Join(all, ", ") + " bytes"
}

// The end of a stream completes a line without a newline, and the panic that ended the
// process.
func TestLinesEnd(t *testing.T) {
	l := Lines{Root: "/app"}
	if _, ok := l.End(1, "stderr"); ok {
		t.Error("a stream without output has an end")
	}
	o := l.Take(Output{Gen: 1, Stream: "stderr", Data: []byte("panic: no\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:3 +0x1d")})
	if len(o.Lines) != 4 || o.Panic != nil {
		t.Errorf("%d lines and panic %v, want 4 and none yet", len(o.Lines), o.Panic)
	}
	end, ok := l.End(1, "stderr")
	if !ok || len(end.Lines) != 1 || end.Panic == nil || end.Panic.File != "main.go" || end.Panic.Line != 3 {
		t.Errorf("the end is %+v with %+v, want the last line and the panic at main.go:3", end, end.Panic)
	}
}
