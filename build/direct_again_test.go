//go:build unix

package build

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotreload/build/internal/modtest"
)

const (
	mainPackage = "example.com/app"
	wordPackage = "example.com/app/word"
)

// What was compiled once is not compiled again, whatever was built in between.
func TestDirectBuildAgain(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.edit("word/word.go", `"hello"`, `"hi"`)
	w.expect(true, "hi world page\n", "word/word.go")
	w.compiled(wordPackage)

	w.edit("main.go", `"world"`, `"you"`) // right after it: the time of word.go tells nothing yet
	w.expect(true, "hi you page\n", "main.go")
	w.compiled(mainPackage)

	w.edit("word/word.go", `"hi"`, `"hello"`) // undo: the go command has compiled this
	w.expect(true, "hello you page\n", "word/word.go")
	w.compiled()
	w.edit("word/word.go", `"hello"`, `"hi"`) // redo
	w.expect(true, "hi you page\n", "word/word.go")
	w.edit("main.go", `"you"`, `"world"`)
	w.edit("word/word.go", `"hi"`, `"hello"`)
	w.expect(true, "hello world page\n", "main.go", "word/word.go") // another branch
	w.compiled()

	// The go command builds in between.
	w.edit("go.mod", "go 1.26", "go 1.26\n")
	w.expect(false, "hello world page\n", "go.mod")
	w.learn()
	w.edit("word/word.go", `"hello"`, `"hi"`)
	w.expect(true, "hi world page\n", "word/word.go")
	w.edit("main.go", `"world"`, `"you"`)
	w.expect(true, "hi you page\n", "main.go")
	w.compiled()
}

// A package is compiled again if what it sees of another is not as it was.
func TestDirectBuildAgainWithOtherImports(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.edit("word/word.go", "//go:noinline\n", "") // greet sees it
	w.build("word/word.go")
	w.compiled(mainPackage, "example.com/app/greet", wordPackage)
	w.edit("word/word.go", `"hello"`, `"hi"`)
	w.expect(true, "hi world page\n", "word/word.go")
	w.ran = nil
	w.edit("word/word.go", `"hi"`, `"hello"`)
	w.expect(true, "hello world page\n", "word/word.go")
	w.edit("word/word.go", `"hello"`, `"hi"`)
	w.expect(true, "hi world page\n", "word/word.go")
	w.compiled()
}

// What compiled before another package did not is kept, and the go command is not asked.
func TestDirectBuildKeepsWhatCompiled(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.edit("word/word.go", `"hello"`, `"hi"`)
	w.edit("page/page.go", "return text", "return txt")
	w.edit("main.go", `print(`, `printt(`)
	if text := w.fails("main.go", "word/word.go", "page/page.go"); text != "page/page.go:8:29: undefined: txt" {
		t.Errorf("it says %q", text)
	}
	w.compiled("example.com/app/page", wordPackage)
	w.edit("page/page.go", "return txt", "return text")
	if text := w.fails("page/page.go"); text != "./main.go:8:15: undefined: printt" {
		t.Errorf("it says %q", text)
	}
	w.compiled(mainPackage)
	w.edit("main.go", `printt(`, `print(`)
	w.expect(true, "hi world page\n", "main.go")
	w.compiled()
}

// Before anything is compiled, an error of the syntax is told in the compiler's words.
func TestDirectBuildSyntax(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.edit("word/word.go", `"hello"`, `"hi"`)
	source := read(t, w.at("main.go"))
	for _, body := range []string{
		"x := := 1", `print("a`, "print('ab')", "if { }", "for {", "@", "x y", "/* ", "func f() {}", "go 1", "`", "a, b := 08, 1_",
		"return }\n\nfunc", "type x struct { a int b int",
	} {
		modtest.Write(t, w.at("main.go"), strings.Replace(source, "func main() {", "func main() {\n\t"+body+"\n", 1))
		text := w.fails("main.go", "word/word.go")
		// It may go on from there to what follows from the error.
		if want := w.sayings(); !strings.HasSuffix(strings.TrimSpace(want), text) {
			t.Errorf("it says %q, want %q", text, want)
		}
	}
	modtest.Write(t, w.at("main.go"), "")
	if _, err := w.try("main.go"); err == nil {
		t.Error("an empty file compiles")
	}
	w.compiled()
	modtest.Write(t, w.at("main.go"), source)
	w.same("main.go")
}

// fails builds, and returns what the compiler says.
func (w *workshop) fails(changed ...string) (text string) {
	w.Helper()
	_, err := w.try(changed...)
	var failed *Error
	if !errors.As(err, &failed) {
		w.Fatalf("error %v, want what the compiler says", err)
	}
	if d := failed.Diagnostics[0]; d.File == "" || d.Line == 0 || d.Column == 0 {
		w.Errorf("diagnostic %+v names no place", d)
	}
	_, text, _ = strings.Cut(strings.TrimSpace(failed.Text), "\n") // after the package's name
	return text
}

// A build that the user requests finds nothing of what was compiled.
func TestFullBuildForgets(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, library)
	w.build()
	w.learn()
	w.edit("word/word.go", `"hello"`, `"hi"`)
	w.build("word/word.go")
	w.id++
	q := w.request()
	q.Full = true
	if _, err := w.builder.Build(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(w.builder.cache + "/obj"); len(left) != 0 {
		t.Errorf("%d compiled packages are left", len(left))
	}
}

// What was compiled directly is not compiled again when the go command builds, in this
// session or the next. The go command finds it in its own cache from then on.
func TestGoCommandFindsWhatWasCompiled(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	root := modtest.Unpack(t, library)
	cache := filepath.Join(t.TempDir(), "cache")
	open := func() *workshop {
		w := &workshop{T: t, root: root, builder: New(root, cache), config: DefaultConfig()}
		w.builder.Recaller, _ = os.Executable()
		w.listen()
		if err := w.builder.Open(); err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := open()
	w.build()
	w.learn()
	w.edit("word/word.go", `"hello"`, `"hi"`)
	w.expect(true, "hi world page\n", "word/word.go")
	w.edit("main.go", "import (", "import (\n\t_ \"example.com/app/other\"")
	w.recalls("hi world page\n", "example.com/app/greet", wordPackage)
	w.recalls("hi world page\n")
	w.learn()
	w.edit("page/page.txt", "page", "leaf")
	w.expect(true, "hi world leaf\n", "page/page.txt")
	w.edit("word/word.go", `"hi"`, `"hello"`)
	w.expect(true, "hello world leaf\n", "word/word.go") // compiled by the go command
	w.edit("word/word.go", `"hello"`, `"hey"`)
	w.expect(true, "hey world leaf\n", "word/word.go")
	if err := w.builder.Close(); err != nil {
		t.Fatal(err)
	}

	w = open()
	// What imports them is compiled from other files, and comes out as it was.
	w.recalls("hey world leaf\n", mainPackage, "example.com/app/greet", "example.com/app/page", wordPackage)
	w.learn()
	w.edit("word/word.go", `"hey"`, `"hi"`)
	w.expect(true, "hi world leaf\n", "word/word.go")
	w.compiled()
	if err := w.builder.Close(); err != nil {
		t.Fatal(err)
	}
}

// recalls has the go command build, and checks which packages it found.
func (w *workshop) recalls(says string, want ...string) {
	w.Helper()
	a, printed := w.build()
	slices.Sort(a.Recalled)
	if a.Direct || !slices.Equal(a.Recalled, want) || printed != says {
		w.Errorf("direct %v, it prints %q and finds %q, want %q and %q", a.Direct, printed, a.Recalled, says, want)
	}
}
