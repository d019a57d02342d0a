package browser

import (
	"strings"
	"testing"
)

// The script is small without any tool that would make it so.
func TestClientIsSmall(t *testing.T) {
	if n := len(packed()); n >= 10_000 {
		t.Errorf("%d bytes are sent, of %d", n, len(clientSource))
	}
	for n, line := range strings.Split(clientSource, "\n") {
		if strings.Count(line, "`")%2 == 1 && strings.Contains(line, "//") {
			t.Errorf("line %d: a template that looks like a comment", n+1)
		}
	}
}
