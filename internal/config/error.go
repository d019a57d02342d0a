package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is the first thing wrong with a config: the place, what is wrong and
// what to do about it.
type Error struct {
	File    string // as the user would type it; empty for a --set flag
	Line    int    // from 1; 0: the file as a whole
	Column  int    // from 1, in bytes, as the go command counts
	Set     string // the argument of the --set flag, if File is empty
	Key     string // the key, if the error is about one
	Message string
}

// Error puts the place before the message, as compilers do.
func (e *Error) Error() string {
	switch {
	case e.File == "":
		return fmt.Sprintf("--set %s: %s", printable(e.Set), e.Message)
	case e.Line > 0:
		return fmt.Sprintf("%s:%d:%d: %s", printable(e.File), e.Line, e.Column, e.Message)
	default:
		return printable(e.File) + ": " + e.Message
	}
}

// compare orders errors by where they are: first the file, from top to bottom,
// then the --set flags.
func (e *Error) compare(other *Error) int {
	return cmp.Or(
		cmp.Compare(len(e.Set), len(other.Set)),
		cmp.Compare(e.Line, other.Line),
		cmp.Compare(e.Column, other.Column),
	)
}

// source is what values are read from and errors point into: a config file, or
// one --set flag.
type source struct {
	file   string // as the user would type it
	lines  []int  // the offset of each line
	set    string // the whole argument of --set
	setKey string // the key in it
}

func fileSource(shown string, data []byte) *source {
	lines := []int{0}
	for i, c := range data {
		if c == '\n' {
			lines = append(lines, i+1)
		}
	}
	return &source{file: shown, lines: lines}
}

// position of an offset in the file, both counted from 1.
func (s *source) position(offset int) (line, column int) {
	line, found := slices.BinarySearch(s.lines, offset)
	if found {
		line++
	}
	return line, offset - s.lines[line-1] + 1
}

// errorAt is an error at an offset; in a --set flag there is no position.
func (s *source) errorAt(offset int, key, message string) *Error {
	if s.file == "" {
		return &Error{Set: s.set, Key: key, Message: message}
	}
	line, column := s.position(offset)
	return &Error{File: s.file, Line: line, Column: column, Key: key, Message: message}
}

// badValue is an error about the value of a key. It begins with the key, unless
// the --set flag before it does.
func (s *source) badValue(offset int, key, problem string) *Error {
	if key == s.setKey {
		return s.errorAt(offset, key, problem)
	}
	return s.errorAt(offset, key, key+": "+problem)
}

// origin says where a value comes from, in the words of [Loaded.Origins].
func (s *source) origin(offset int) string {
	if s.file == "" {
		return "--set"
	}
	line, _ := s.position(offset)
	return s.file + ":" + strconv.Itoa(line)
}

// printable is the text as it is, or quoted if it would garble a terminal or end
// the comment that it stands in.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 && utf8.ValidString(s) {
		return s
	}
	return strconv.Quote(s)
}
