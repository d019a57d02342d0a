//go:build unix

package build

import (
	"os/exec"
	"path/filepath"
	"testing"

	"hotreload/build/internal/modtest"
)

// rework is an edit and its expected result.
type rework struct {
	name, old, new string
	direct         bool
	prints         string
}

func TestDirectBuildOfKinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		slow    bool
		archive string
		config  func(*Config)
		first   string
		changes []rework
	}{
		"cgo": {true, `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import "example.com/app/c"

func main() { print(c.Four(), " a\n") }
-- c/c.go --
package c

// static int two(void) { return 2; }
import "C"

import "example.com/app/seen"

func Four() int { return int(C.two()) + seen.Two() }
-- seen/seen.go --
package seen

func Two() int { return 2 }
`, nil, "4 a\n", []rework{
			{"main.go", "a\\n", "b\\n", true, "4 b\n"},
			{"c/c.go", "return 2", "return 3", false, "5 b\n"},
			{"seen/seen.go", "return 2", "return 4", false, "7 b\n"}, // inlined into what cgo compiles
			{"main.go", "b\\n", "c\\n", true, "7 c\n"},
		}},
		"assembly": {false, `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import "example.com/app/asm"

func main() { println(asm.Get(1)) }
-- asm/asm.go --
package asm

func Get(x int) int
-- asm/asm_amd64.s --
TEXT ·Get(SB), 4, $0-16
	MOVQ x+0(FP), AX
	MOVQ AX, ret+8(FP)
	RET
-- asm/asm_arm64.s --
TEXT ·Get(SB), 4, $0-16
	MOVD x+0(FP), R0
	MOVD R0, ret+8(FP)
	RET
`, nil, "1\n", []rework{
			{"main.go", "Get(1)", "Get(2)", true, "2\n"},
			{"asm/asm.go", "x int", "y int", false, "2\n"},
		}},
		"go.work": {true, `
-- go.work --
go 1.26

use .
use ./sibling
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import "example.com/sibling"

func main() { println(sibling.Name) }
-- sibling/go.mod --
module example.com/sibling

go 1.26
-- sibling/sibling.go --
package sibling

var Name = "a"
`, nil, "a\n", []rework{{"sibling/sibling.go", `"a"`, `"b"`, true, "b\n"}}},
		"vendor": {false, `
-- go.mod --
module example.com/app

go 1.26

require example.com/dep v1.0.0
-- vendor/modules.txt --
# example.com/dep v1.0.0
## explicit; go 1.26
example.com/dep
-- vendor/example.com/dep/dep.go --
package dep

var Name = "a"
-- main.go --
package main

import "example.com/dep"

func main() { println(dep.Name) }
`, nil, "a\n", []rework{{"vendor/example.com/dep/dep.go", `"a"`, `"b"`, true, "b\n"}}},
		"trimmed paths": {true, library, func(c *Config) { c.Flags = []string{"-trimpath"} }, "hello world page\n", []rework{
			{"word/word.go", "hello", "hi", true, "hi world page\n"},
			{"word/word.go", `text = "hi"`, `text = 1`, false, ""},
		}},
		"linker settings": {false, library, func(c *Config) {
			c.Flags = []string{"-ldflags", "-X 'example.com/app/page.text=left right'", "-gcflags=-l"}
		}, "hello world left right", []rework{{"word/word.go", "hello", "hi", true, "hi world left right"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if test.slow {
				modtest.Slow(t)
			}
			t.Parallel()
			if name == "cgo" {
				if _, err := exec.LookPath("gcc"); err != nil {
					t.Skip("cgo needs gcc")
				}
			}
			w := newWorkshop(t, test.archive)
			if test.config != nil {
				test.config(&w.config)
			}
			w.expect(false, test.first)
			w.learn()
			for _, c := range test.changes {
				w.edit(c.name, c.old, c.new)
				if c.prints == "" {
					if _, err := w.try(c.name); err == nil {
						t.Fatalf("%+v compiles", c)
					}
					continue
				}
				w.expect(c.direct, c.prints, c.name)
				if !c.direct {
					w.learn()
				}
			}
		})
	}
}

// A project may lie anywhere.
func TestDirectBuildOfOddPath(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]bool{"a b (c);é": false, `a"b'`: true, "EOF # internal": true, "$WORK/b001": false} {
		t.Run(name, func(t *testing.T) {
			if slow {
				modtest.Slow(t)
			}
			t.Parallel()
			root := filepath.Join(t.TempDir(), filepath.FromSlash(name))
			modtest.UnpackIn(t, root, library)
			w := &workshop{T: t, root: root, builder: newBuilder(t, root), config: DefaultConfig()}
			w.build()
			w.learn()
			w.edit("word/word.go", "hello", "hi")
			w.expect(true, "hi world page\n", "word/word.go")
		})
	}
}

// The name of a directory beside the root may begin with the root's.
func TestDirectBuildOfSibling(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	modtest.UnpackIn(t, top, `
-- app/go.mod --
module example.com/app

go 1.26

require example.com/lib v0.0.0

replace example.com/lib => ../app-lib
-- app/main.go --
package main

import "example.com/lib"

func main() { print(lib.Name) }
-- app-lib/go.mod --
module example.com/lib

go 1.26
-- app-lib/lib.go --
package lib

var Name = "a"
`)
	root := filepath.Join(top, "app")
	w := &workshop{T: t, root: root, builder: newBuilder(t, root), config: DefaultConfig()}
	w.build()
	w.learn()
	w.edit("../app-lib/lib.go", `"a"`, `"b"`)
	w.expect(true, "b", "../app-lib/lib.go")
}
