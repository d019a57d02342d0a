//go:build linux && amd64

package build

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"hotreload/build/internal/modtest"
)

const variables = "-X main.version=1.2.3 -X example.com/lib.Version=4.5"

// gallery is the app of testdata/kinds.txtar, which says what in its source can change.
type gallery struct {
	*workshop
	files map[string]string // of the app's own packages, by name
}

var (
	aNumber = regexp.MustCompile(`/\*#\*/ \d+`)
	aChoice = regexp.MustCompile(`/\*= (.+?) \*/ (.+?) /\*\*/`)
	aLine   = regexp.MustCompile(`(?m)^\s*(//~ .*|.* //~)$`)
)

// newGallery builds the app, and makes its library.
func newGallery(t *testing.T) *gallery {
	text := read(t, "testdata/kinds.txtar")
	w := newWorkshop(t, text)
	k := &gallery{w, map[string]string{}}
	for _, file := range txtar.Parse([]byte(text)).Files {
		changing := aNumber.Match(file.Data) || aChoice.Match(file.Data) || aLine.Match(file.Data)
		if !strings.HasPrefix(file.Name, "mod/") && changing {
			k.files[file.Name] = string(file.Data)
		}
	}
	w.config.Env = map[string]string{"GOMODCACHE": w.at("mod"), "GOTRACEBACK": ""}
	w.config.Flags = []string{"-tags=special", "-ldflags=" + variables}
	w.config.Shared = true
	w.build()
	w.learn()
	w.share()
	return k
}

// points are where a file's text can change.
func points(text string) (all [][]int) {
	for _, kind := range []*regexp.Regexp{aNumber, aChoice, aLine} {
		all = append(all, kind.FindAllStringIndex(text, -1)...)
	}
	return all
}

// turned is the text of a point after a change.
func turned(text string, random *rand.Rand) string {
	if choice := aChoice.FindStringSubmatch(text); choice != nil {
		all := strings.Split(choice[1], "; ")
		next := all[(slices.Index(all, choice[2])+1+random.IntN(len(all)-1))%len(all)]
		return fmt.Sprintf("/*= %s */ %s /**/", choice[1], next)
	}
	if aNumber.MatchString(text) {
		return "/*#*/ " + strconv.Itoa(random.IntN(100))
	}
	if hidden := strings.Replace(text, "//~ ", "", 1); hidden != text {
		return hidden + " //~"
	}
	at := len(text) - len(strings.TrimLeft(text, "\t"))
	return text[:at] + "//~ " + strings.TrimSuffix(text[at:], " //~")
}

// change makes a random change, and returns the file in which it is.
func (k *gallery) change(random *rand.Rand) string {
	names := slices.Sorted(maps.Keys(k.files))
	name := names[random.IntN(len(names))]
	all := points(k.files[name])
	p := all[random.IntN(len(all))]
	text := k.files[name]
	k.put(name, text[:p[0]]+turned(text[p[0]:p[1]], random)+text[p[1]:])
	return name
}

func (k *gallery) put(name, text string) {
	k.Helper()
	k.files[name] = text
	modtest.Write(k.T, k.at(name), text)
}

// changeAll changes every point of a kind, and returns the files.
func (k *gallery) changeAll(kind *regexp.Regexp, random *rand.Rand) (changed []string) {
	k.Helper()
	for name, text := range k.files {
		next := kind.ReplaceAllStringFunc(text, func(point string) string {
			if strings.Contains(point, "import ") {
				return point
			}
			return turned(point, random)
		})
		if next != text {
			k.put(name, next)
			changed = append(changed, name)
		}
	}
	return changed
}

// compare builds, and checks that the app says what go build's does.
func (k *gallery) compare(changed ...string) Artifact {
	k.Helper()
	a, printed := k.build(changed...)
	if diff := cmp.Diff(k.sayingsOf("-tags=special", "-ldflags=-w "+variables), printed); diff != "" {
		k.Errorf("after edits of %s it (%s, %s) prints not what go build's does: -want +got\n%s", changed, a.How(), a.Why, diff)
	}
	return a
}

// fail checks that an error in the source is reported, and takes it out again.
func (k *gallery) fail(name string) {
	k.Helper()
	text := k.files[name]
	modtest.Write(k.T, k.at(name), text+"\nvar _ int = \"text\"\n")
	var failed *Error
	if _, err := k.try(name); !errors.As(err, &failed) {
		k.Errorf("an error in %s: %v", name, err)
	}
	k.put(name, text)
}

// In every way in which an app can see its own packages and those of the library, it is
// what go build makes of it, whatever is edited.
func TestRandomSharedKinds(t *testing.T) {
	modtest.Slow(t)
	t.Parallel()
	t.Logf("seed %d", *seed)
	random := rand.New(rand.NewPCG(*seed, 2))
	k := newGallery(t)
	for _, kind := range []*regexp.Regexp{aNumber, aChoice, aLine} {
		if a := k.compare(k.changeAll(kind, random)...); !a.Shared {
			t.Fatalf("it was built by %s: %s", a.How(), a.Why)
		}
	}
	if *edits == 0 {
		inits := k.inits(k.prev.Path)
		if path, _ := k.rebuilt(); k.inits(path) != inits || !strings.Contains(inits, "example.com/kinds/k/ids") {
			t.Errorf("it initializes\n%s\nand go build's\n%s", inits, k.inits(path))
		}
	}
	for n := 0; n < *edits && !t.Failed(); {
		var changed []string
		for range 1 + random.IntN(8) {
			changed = append(changed, k.change(random))
			n++
		}
		t.Logf("edits until %d, of %s", n, changed)
		if random.IntN(12) == 0 {
			k.fail(changed[0])
		}
		if a := k.compare(changed...); !a.Shared { // by an edit of the imports
			if a.How() != "go" {
				t.Fatalf("edits %s: it was built by %s: %s", changed, a.How(), a.Why)
			}
			k.learn()
			k.share()
		}
	}
}
