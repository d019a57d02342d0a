package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// FuzzLoad checks that any file loads, and loads the same after Write, or gives one
// error on one line that points into the file.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(everyKey))
	for _, tt := range fileErrors {
		f.Add([]byte(tt.text))
	}
	dir := f.TempDir()
	load := func(t *testing.T, data []byte) (*Loaded, error) {
		if err := os.WriteFile(filepath.Join(dir, FileName), data, 0o600); err != nil {
			t.Fatal(err)
		}
		return Load(Options{Dir: dir})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := load(t, data)
		if err != nil {
			checkError(t, data, err)
			return
		}
		var out bytes.Buffer
		if err := l.Write(&out); err != nil {
			t.Fatal(err)
		}
		again, err := load(t, out.Bytes())
		if err != nil {
			t.Fatalf("what was written does not load: %v\n%s", err, out.Bytes())
		}
		if !reflect.DeepEqual(l.Config, again.Config) {
			t.Fatalf("before: %+v\nafter:  %+v", l.Config, again.Config)
		}
	})
}

func checkError(t *testing.T, data []byte, err error) {
	t.Helper()
	e := asError(t, err)
	if strings.ContainsFunc(e.Error(), unicode.IsControl) {
		t.Errorf("the message would garble a terminal: %q", e.Error())
	}
	if len(data) > maxSize {
		return
	}
	lines := bytes.Split(withoutBOM(data), []byte("\n"))
	if e.Line < 1 || e.Line > len(lines) || e.Column < 1 || e.Column > len(lines[e.Line-1])+1 {
		t.Errorf("the error is at %d:%d, outside of the file: %v", e.Line, e.Column, e)
	}
}

// FuzzSet checks the same for --set.
func FuzzSet(f *testing.F) {
	for _, arg := range []string{"watch.quiet=2s", "build.tags=[1]", "runner.env={A='1'}", "runner.env.'a b'=1", "x", "=", "watch.include={a,b},c", "build.generate=[{match=['a'],command=['b']}]", "build.generate.match=a"} {
		f.Add(arg)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, arg string) {
		_, err := Load(Options{Dir: dir, Set: []string{arg}})
		if err == nil {
			return
		}
		e := asError(t, err)
		if e.Set != arg || e.Message == "" {
			t.Errorf("got %+v; want an error about the flag", e)
		}
		if strings.ContainsFunc(e.Error(), unicode.IsControl) {
			t.Errorf("the message would garble a terminal: %q", e.Error())
		}
	})
}
