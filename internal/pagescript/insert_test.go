package pagescript

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// The mark ¦ stands where the tag has to go.
var pages = []struct {
	name   string
	page   string
	always bool // only a page for sure gets it
}{
	{"a document", "<!doctype html><html><head>¦<title>x</title></head><body></body></html>", false},
	{"capital letters", "<!DOCTYPE HTML>\n<HTML>\n<HEAD>¦\n<TITLE>x", false},
	{"attributes", `<html lang=en data-a="<head>" data-b='>' data-c = ">" x=y"z><head prefix="og: http://ogp.me/ns#" >¦<meta>`, false},
	{"a closed tag", "<html/><head/>¦<title>", false},
	{"no head", "<!doctype html>¦<title>x</title><p>text", false},
	{"a body alone", "¦<body>text", false},
	{"no body", "<html>¦text", false},
	{"a head alone", "<head>¦<title>x</title></head>", false},
	{"comments before it", "<!-- <head> --><!-->\n<!--->\n<!-- a --!> \n<!doctype html><!-- - -- > --><html><!-- -->\n<head>¦<title>", false},
	{"XHTML", `<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><html xmlns="http://www.w3.org/1999/xhtml"><head>¦<title/></head>`, false},
	{"a byte order mark", "\ufeff<!doctype html><html><head>¦<title>", false},
	{"nothing but a doctype", "<!doctype html>¦", false},
	{"a header, not a head", "<!doctype html>¦<header>x</header>", false},
	{"a head that never comes", "<html>¦<h", false},
	{"an unfinished head", "<html><head a¦", false},
	{"an end tag", "<html>¦</head>", false},
	{"a less-than sign", "<html>¦< 3", false},
	{"not the second head", "<html><head>¦</head><head>", false},
	{"a fragment", "¦<tr><td>x</td></tr>", true},
	{"a fragment behind a comment", "<!-- x -->\n¦<p>x", true},
	{"text", "¦Hello, world", true},
	{"a name that begins like one", "¦<htmlx><head>", true},
	{"nothing", "¦", true},
	{"white space", " \n¦", true},
}

const testTag = "<script></script>"

func TestInserter(t *testing.T) {
	for _, c := range pages {
		t.Run(c.name, func(t *testing.T) {
			page := strings.Replace(c.page, "¦", "", 1)
			with := strings.Replace(c.page, "¦", testTag, 1)
			for _, always := range []bool{false, true} {
				want := with
				if c.always && !always {
					want = page
				}
				for size := 1; size <= len(page)+1; size++ {
					i := NewInserter([]byte(testTag), always)
					var got []byte
					for rest := page; rest != ""; {
						n := min(size, len(rest))
						got = i.Append(got, []byte(rest[:n]))
						if missing := len(page) - len(rest) + n - len(strings.Replace(string(got), testTag, "", 1)); missing > len("<html") {
							t.Fatalf("%d bytes are held back", missing)
						}
						rest = rest[n:]
					}
					got = i.End(got)
					if string(got) != want {
						t.Fatalf("in pieces of %d, always %t:\ngot  %q\nwant %q", size, always, got, want)
					}
				}
			}
		})
	}
}

// A page in UTF-16 is left alone: its tags are other bytes.
func TestInserterLeavesUTF16Alone(t *testing.T) {
	i := NewInserter([]byte(testTag), true)
	const page = "\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00"
	if got := string(i.End(i.Append(nil, []byte(page)))); got != page {
		t.Errorf("got %q", got)
	}
}

// The reader passes on what it gets when it gets it, and the error at the end.
func TestReader(t *testing.T) {
	broken := errors.New("broken")
	r, w := io.Pipe()
	body := NewReader(r, NewInserter([]byte(testTag), false))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, piece := range []string{"<!doctype html>", "<html><head>", "<title>x"} {
			io.WriteString(w, piece)
		}
		w.CloseWithError(broken)
	}()
	piece := make([]byte, 100)
	for _, want := range []string{"<!doctype html>", "<html><head>" + testTag, "<title>x"} {
		n, err := body.Read(piece)
		if got := string(piece[:n]); got != want || err != nil {
			t.Errorf("got %q and %v, want %q", got, err, want)
		}
	}
	if _, err := body.Read(piece); err != broken {
		t.Errorf("the error is %v", err)
	}
	<-done

	long := strings.Repeat("x", 3*pieceSize)
	small := iotest.OneByteReader(NewReader(io.NopCloser(strings.NewReader("<body>"+long)), NewInserter([]byte(testTag), false)))
	if got, err := io.ReadAll(small); string(got) != testTag+"<body>"+long || err != nil {
		t.Errorf("got %d bytes and %v", len(got), err)
	}
}

func FuzzInserter(f *testing.F) {
	for _, c := range pages {
		f.Add(strings.Replace(c.page, "¦", "", 1), 3)
	}
	f.Fuzz(func(t *testing.T, page string, size int) {
		if size < 1 || strings.Contains(page, testTag) {
			t.Skip()
		}
		whole := NewInserter([]byte(testTag), true)
		want := string(whole.End(whole.Append(nil, []byte(page))))
		pieces := NewInserter([]byte(testTag), true)
		var got []byte
		for rest := page; rest != ""; {
			n := min(size, len(rest))
			got, rest = pieces.Append(got, []byte(rest[:n])), rest[n:]
		}
		if got = pieces.End(got); string(got) != want {
			t.Errorf("whole %q\nin pieces %q", want, got)
		}
		if strings.Replace(want, testTag, "", 1) != page {
			t.Errorf("%q became %q", page, want)
		}
	})
}
