// Package overlay gives packages other import paths without touching them.
//
// In go packages as they lie on disk, and which of them is the root; out comes
// what go build -overlay takes, with the root's new import path. What always
// holds: the new path of a package is its old one with a hash at its end, so
// what may see it by its place, such as packages beside internal, still may;
// two packages that differ in their files, in what they embed, or in a package
// that they import have different paths; compiler and run time name the real
// files, lines and columns; nothing is written but copies into a directory of
// the caller's.
package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// ErrCycle is why packages that import each other have no names.
var ErrCycle = errors.New("import cycle")

// Package is a package as it lies on disk.
type Package struct {
	Path  string   // its import path
	Dir   string   // absolute
	Go    []string // names of its Go files
	Embed []string // of what it embeds, relative to Dir
}

// Request asks for new import paths.
type Request struct {
	Packages map[string]Package // by import path; all others keep theirs
	Root     string             // import path of the one that is to be built

	// Print tells of a package that keeps its path what it is made of, as far as
	// that may change.
	Print func(path string) string
	// Generation goes into the root's path: no two are ever the same.
	Generation int
	// Burnt are new paths that are not to be given again.
	Burnt map[string]bool
	// Dir is where the copies are kept, absolute.
	Dir string
}

// Overlay is the answer.
type Overlay struct {
	Root    string            // the root's new import path
	Hash    string            // the same for the same sources, whatever the generation
	Paths   map[string]string // import path -> the new one, of what the root is built from
	Replace map[string]string // file that is not there -> file that it is
}

// Make names the root and all that it imports, and writes the copies.
func Make(r Request) (*Overlay, error) {
	m := &maker{
		Request: r, named: map[string]*named{},
		overlay: &Overlay{Paths: map[string]string{}, Replace: map[string]string{}},
	}
	root, err := m.name(r.Root)
	if err != nil {
		return nil, err
	}
	m.overlay.Root, m.overlay.Hash = root.path, root.hash
	return m.overlay, nil
}

// JSON is the file that go build -overlay takes.
func (o *Overlay) JSON() ([]byte, error) {
	return json.Marshal(struct{ Replace map[string]string }{o.Replace})
}

// added matches what a new import path or directory has at its end.
var added = regexp.MustCompile(`/` + mark + `[0-9a-f]{` + fmt.Sprint(digits) + `}\b`)

const (
	mark   = "hr"
	digits = 16
)

// Restore puts the real import paths and directories in place of the new ones.
func Restore(text string) string { return added.ReplaceAllString(text, "") }

// maker names packages, those that are imported before those that import.
type maker struct {
	Request
	named   map[string]*named // by import path; nil while it is being named
	overlay *Overlay
}

type named struct {
	path string
	hash string
}

// name gives a package its path.
func (m *maker) name(path string) (*named, error) {
	if done, begun := m.named[path]; begun {
		if done == nil {
			return nil, fmt.Errorf("%w: %s imports itself", ErrCycle, path)
		}
		return done, nil
	}
	m.named[path] = nil
	p := m.Packages[path]
	sum := sha256.New()
	fmt.Fprintf(sum, "%q\n", path)
	paths := map[string]string{} // of what it imports: old -> new
	files := map[string]*source{}
	for _, name := range slices.Sorted(slices.Values(p.Go)) {
		s, err := readSource(filepath.Join(p.Dir, name))
		if err != nil {
			return nil, err
		}
		files[name] = s
		fmt.Fprintf(sum, "go %q %d\n%s", name, len(s.text), s.text)
		if err := m.nameImports(s, paths, sum); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(slices.Values(p.Embed)) {
		if err := hashFile(sum, name, filepath.Join(p.Dir, name)); err != nil {
			return nil, err
		}
	}
	n := &named{hash: m.digest(sum.Sum(nil))}
	own := n.hash
	if path == m.Root {
		own = m.digest(fmt.Appendf(nil, "%s generation %d", n.hash, m.Generation))
	}
	if m.Burnt[path+"/"+mark+own] {
		own = m.digest(fmt.Appendf(nil, "%s instead, in generation %d", own, m.Generation))
	}
	n.path = path + "/" + mark + own
	m.named[path] = n
	m.overlay.Paths[path] = n.path
	return n, m.lay(p, mark+own, files, paths)
}

// nameImports names what a file imports, and takes it into the hash.
func (m *maker) nameImports(s *source, paths map[string]string, sum io.Writer) error {
	for _, imported := range s.imports {
		if _, ok := m.Packages[imported.path]; !ok {
			fmt.Fprintf(sum, "import %q %s\n", imported.path, m.Print(imported.path))
			continue
		}
		dependency, err := m.name(imported.path)
		if err != nil {
			return err
		}
		paths[imported.path] = dependency.path
		fmt.Fprintf(sum, "import %q\n", dependency.path)
	}
	return nil
}

func (m *maker) digest(sum []byte) string {
	again := sha256.Sum256(sum)
	return hex.EncodeToString(again[:])[:digits]
}

// lay writes the copies of a package, and says what they stand for.
func (m *maker) lay(p Package, name string, files map[string]*source, paths map[string]string) error {
	virtual := filepath.Join(p.Dir, name)
	copies := filepath.Join(m.Dir, name)
	if err := os.MkdirAll(copies, 0o700); err != nil {
		return err
	}
	texts := map[string][]byte{}
	for file, s := range files {
		texts[file] = s.renamed(filepath.Join(p.Dir, file), paths)
	}
	if p.Path == m.Root {
		texts[keeper] = []byte(keepAll)
	}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		to := filepath.Join(copies, file)
		if err := os.WriteFile(to, texts[file], 0o600); err != nil {
			return fmt.Errorf("copy a source file of a plugin: %w", err)
		}
		m.overlay.Replace[filepath.Join(virtual, file)] = to
	}
	for _, file := range p.Embed {
		m.overlay.Replace[filepath.Join(virtual, file)] = filepath.Join(p.Dir, file)
	}
	return nil
}

// keeper is a file that is added to the root. A program that imports plugin
// keeps its package-level maps also where nothing of it reads them. Without it
// the first version would leave out a map that the next one reads, and finds
// nil: of a package that has not changed, the first one's variables are used.
const (
	keeper  = "hotreload_keep_all.go"
	keepAll = "package main\n\nimport _ \"plugin\"\n"
)

// hashFile takes an embedded file into a hash.
func hashFile(sum io.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	own := sha256.New()
	if _, err := io.Copy(own, f); err != nil {
		return err
	}
	_, err = fmt.Fprintf(sum, "embed %q %x\n", name, own.Sum(nil))
	return err
}
