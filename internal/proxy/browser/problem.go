package browser

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
)

// ProblemKind says how loudly a page tells of a problem.
type ProblemKind string

const (
	Build ProblemKind = "build" // nothing new can be served before it is fixed: over the page
	Crash ProblemKind = "crash" // the app crashed or panicked: beside the page
)

// Problem is what failed.
type Problem struct {
	Kind   ProblemKind
	Title  string  // in one line, such as "The build failed"
	Places []Place // where, the most important first; of a crash the first frame in the user's code
	Text   string  // what the compiler or the app printed; shown where there are no places
}

// Place is a position in the user's source, and what is wrong there.
type Place struct {
	File    string // relative to the root with slashes, absolute outside it
	Line    int    // from 1; 0: unknown
	Column  int    // from 1, in bytes; 0: unknown
	Message string
	Warning bool // not an error
}

// toldProblem is a problem as pages are told.
type toldProblem struct {
	ID     string      `json:"id"` // of its content: who has dismissed it does not want to see it again
	Kind   ProblemKind `json:"kind"`
	Title  string      `json:"title"`
	Text   string      `json:"text"`
	Places []toldPlace `json:"places"`
	More   int         `json:"more"` // places that are left out

	places []Place // to open
}

// toldPlace is a place with the lines around it.
type toldPlace struct {
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Column  int      `json:"column"`
	Message string   `json:"message"`
	Warning bool     `json:"warning,omitempty"`
	First   int      `json:"first"` // the number of the first of these lines
	Lines   []string `json:"lines"` // of the source; none if it cannot be read
}

const (
	maxPlaces   = 10       // more is for the terminal
	maxText     = 16 << 10 // of a problem's text
	around      = 3        // lines above and below a place
	longestLine = 400      // bytes shown of a line
	longestFile = 4 << 20  // bytes searched for a line
)

// read is the problem with excerpts of the source.
func (p Problem) read(root string) *toldProblem {
	told := &toldProblem{Kind: p.Kind, Title: p.Title, Text: clip(p.Text, maxText), Places: []toldPlace{}, places: p.Places}
	if len(p.Places) > maxPlaces {
		told.places, told.More = p.Places[:maxPlaces], len(p.Places)-maxPlaces
	}
	for _, at := range told.places {
		shown := toldPlace{File: at.File, Line: at.Line, Column: at.Column, Message: at.Message, Warning: at.Warning, Lines: []string{}}
		if at.Line > 0 {
			shown.First, shown.Lines = excerpt(absolute(root, at.File), at.Line)
		}
		told.Places = append(told.Places, shown)
	}
	content, err := json.Marshal(told)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	sum := sha256.Sum256(content)
	told.ID = hex.EncodeToString(sum[:8])
	return told
}

func absolute(root, file string) string {
	file = filepath.FromSlash(file)
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(root, file)
}

// excerpt returns the lines around one, and the number of the first.
func excerpt(file string, line int) (first int, lines []string) {
	lines = []string{}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > longestFile {
		return 0, lines
	}
	f, err := os.Open(file)
	if err != nil {
		return 0, lines
	}
	defer f.Close()
	first = max(1, line-around)
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, longestFile)
	for n := 1; n <= line+around && scanner.Scan(); n++ {
		if n >= first {
			lines = append(lines, clip(scanner.Text(), longestLine))
		}
	}
	return first, lines
}

// clip shortens a text, at the beginning of a character.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]&0xC0 == 0x80 {
		most--
	}
	return text[:most] + "…"
}
