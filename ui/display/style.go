package display

import (
	"strconv"
	"strings"
)

const reset = "\x1b[0m"

// begin is the sequence that sets a pen, whatever was set before.
func begin(pen string) string {
	if pen == "" {
		return reset
	}
	return "\x1b[0;" + pen + "m"
}

// style is how characters look.
type style struct {
	attributes   uint16 // bit n: the attribute n, bold to overline
	front, back  string // as parameters of SGR; empty: the terminal's own
	underlineHue string
	sgr          string // all of it, as parameters
}

const (
	underline       = 4
	doubleUnderline = 10
	overline        = 11
	// shown are the attributes that pass. Blinking text (5, 6) is a nuisance on a
	// screen that stays open all day, and concealed text (8) cannot be read.
	shown = 1<<1 | 1<<2 | 1<<3 | 1<<underline | 1<<7 | 1<<9 | 1<<doubleUnderline | 1<<overline
)

// set changes the style as the parameters of an SGR sequence say.
func (s *style) set(params []byte) {
	if len(params) == 0 {
		*s = style{}
		return
	}
	fields := strings.Split(string(params), ";")
	for len(fields) > 0 {
		n := s.one(fields)
		fields = fields[n:]
	}
	s.sgr = s.parameters()
}

// one applies one setting and returns its number of parameters.
func (s *style) one(fields []string) int {
	head, sub, hasSub := strings.Cut(fields[0], ":")
	code, err := strconv.Atoi(head)
	if head == "" {
		code, err = 0, nil
	}
	switch {
	case err != nil || code < 0:
	case code == 38, code == 48, code == 58:
		hue, n := extended(code, sub, hasSub, fields)
		if hue != "" {
			*s.hue(code) = hue
		}
		return n
	case code == 0:
		*s = style{}
	case code == underline && hasSub:
		s.attributes &^= 1<<underline | 1<<doubleUnderline
		if sub != "0" {
			s.attributes |= 1 << underline
		}
	case code == 21:
		s.attributes |= 1 << doubleUnderline
	case code < 10:
		s.attributes |= 1 << code & shown
	case code == 22:
		s.attributes &^= 1<<1 | 1<<2
	case code == 24:
		s.attributes &^= 1<<underline | 1<<doubleUnderline
	case 23 <= code && code <= 29:
		s.attributes &^= 1 << (code - 20)
	case code == 53:
		s.attributes |= 1 << overline
	case code == 55:
		s.attributes &^= 1 << overline
	case code == 39, code == 49, code == 59:
		*s.hue(code) = ""
	case 30 <= code && code <= 37, 90 <= code && code <= 97:
		s.front = head
	case 40 <= code && code <= 47, 100 <= code && code <= 107:
		s.back = head
	}
	return 1
}

// hue is the colour that a code of 38, 39, 48, 49, 58 or 59 is about.
func (s *style) hue(code int) *string {
	switch code / 10 {
	case 3:
		return &s.front
	case 4:
		return &s.back
	}
	return &s.underlineHue
}

// extended reads a colour: 5;N or 2;R;G;B, also with colons, and then with an empty colour
// space. It returns the colour with semicolons, empty if it is invalid, and its number
// of parameters.
func extended(code int, sub string, colons bool, fields []string) (hue string, n int) {
	parts := fields[1:]
	if colons {
		parts = strings.Split(sub, ":")
		if len(parts) == 5 && parts[0] == "2" {
			parts = append([]string{"2"}, parts[2:]...)
		}
	}
	if len(parts) == 0 {
		return "", 1
	}
	want := map[string]int{"5": 2, "2": 4}[parts[0]]
	if want == 0 || len(parts) < want {
		return "", len(fields) // the next setting could begin anywhere
	}
	n = 1
	if !colons {
		n += want
	}
	for _, p := range parts[1:want] {
		if v, err := strconv.Atoi(p); err != nil || v < 0 || v > 255 {
			return "", n
		}
	}
	return strconv.Itoa(code) + ";" + strings.Join(parts[:want], ";"), n
}

// parameters is the style as parameters of one SGR sequence.
func (s *style) parameters() string {
	var all []string
	for n := range 10 {
		if s.attributes&(1<<n) != 0 {
			all = append(all, strconv.Itoa(n))
		}
	}
	if s.attributes&(1<<doubleUnderline) != 0 {
		all = append(all, "21")
	}
	if s.attributes&(1<<overline) != 0 {
		all = append(all, "53")
	}
	for _, hue := range []string{s.front, s.back, s.underlineHue} {
		if hue != "" {
			all = append(all, hue)
		}
	}
	return strings.Join(all, ";")
}
