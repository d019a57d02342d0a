//go:build unix

package e2e

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
)

// The examples have the packages as they are here; go generate ./internal/hotcopy updates them.
func TestExamplesAreCurrent(t *testing.T) {
	t.Parallel()
	for example, what := range map[string]string{"classic": "hotplug", "counter": "hot", "plugin": "hotplug"} {
		out, err := command(t, filepath.Join("../examples", example), "add", what).CombinedOutput()
		if err != nil || !bytes.HasPrefix(out, []byte("internal/hot is unchanged")) {
			t.Errorf("%s: %v: %s", example, err, out)
		}
	}
}

// remembers is an app that counts its visitors, across versions.
const remembers = `package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync"

	hot "example.com/x/pkg/live"
)

const greeting = "one"

type visits struct {
	sync.Mutex
	N int
}

func main() {
	var v visits
	hot.Keep("visits", &v)
	l, err := hot.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		v.Lock()
		defer v.Unlock()
		v.N++
		fmt.Fprint(w, greeting, " ", v.N)
	})
	if err := hot.Serve(context.Background(), &http.Server{}, l); err != nil {
		log.Fatal(err)
	}
}
`

// A module that has nothing to do with ours gets package hot with one command, offline and
// wherever it likes, and keeps its state through a save.
func TestAddToAnyModule(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := module(t, map[string]string{"main.go": remembers})
	made := exec.Command("go", "mod", "init", "example.com/x")
	made.Dir = dir
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := command(t, dir, "add", "hot", "--to", "pkg/live").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	address := reserve(t)
	h := start(t, dir, "--", address)
	h.await("cycle", with("result", "ok"))
	if page := get(address, "/"); page != "one 1" {
		t.Errorf("the page is %q, want one 1", page)
	}
	h.edit("main.go", `"one"`, `"two"`)
	h.await("swap.done").want(with("strategy", "socket"), lists("carried", "visits"))
	h.await("cycle", with("result", "ok"))
	if page := get(address, "/"); page != "two 2" {
		t.Errorf("after the edit the page is %q, want two 2", page)
	}
}
