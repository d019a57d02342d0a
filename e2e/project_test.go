package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

const goMod = "module example.com/app\n\ngo 1.26\n"

// server is an app that answers with a constant at the address it is given.
const server = `package main

import (
	"log"
	"net/http"
	"os"
)

const answer = "one"

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(answer)) })
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
`

// speaker is an app that prints a constant and waits.
const speaker = `package main

import (
	"fmt"
	"time"
)

const word = "one"

func main() {
	fmt.Println("it says " + word)
	time.Sleep(time.Hour)
}
`

// module writes files into a new directory and returns it.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

// example is a copy of a bundled example.
func example(t *testing.T, name string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("../examples", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
