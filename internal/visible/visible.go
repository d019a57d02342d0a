// Package visible makes text safe to print on a terminal.
//
// In goes text that comes from elsewhere, such as the name of a file. Out comes the same text
// with its control characters written as Go writes them, \x1b and the like: printed, it cannot
// move the cursor, name the window or fill the clipboard.
package visible

import (
	"strconv"
	"strings"
	"unicode"
)

// Text writes the control characters of a text visibly, but for those that are to stay.
func Text(text, stay string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) && !strings.ContainsRune(stay, r) {
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
