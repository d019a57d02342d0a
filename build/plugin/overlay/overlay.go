// Package overlay gives packages other import paths without touching them.
//
// In go packages as they lie on disk, and which of them is the root; out comes
// the file for go build -overlay, with the root's new import path. What always
// holds: the new path of a package is its old one with a hash at its end, so the
// rules for internal packages allow the same imports; two packages that differ in
// their files, in what they embed, or in a package that they import have different
// paths; compiler and runtime name the real files, lines and columns; nothing is
// written but copies into a directory of the caller's.
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

// ErrCycle is why packages that import each other cannot be named.
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

	// Print hashes a package that keeps its path, as far as it may change.
	Print func(path string) string
	// Generation goes into the root's path, which is never the same twice.
	Generation int
	// Burnt are new paths that must not be given again.
	Burnt map[string]bool
	// Dir is where the copies are kept, absolute.
	Dir string
}

// Overlay is the answer.
type Overlay struct {
	Root    string            // the root's new import path
	Hash    string            // the same for the same sources, whatever the generation
	Paths   map[string]string // import path -> the new one, of what the root is built from
	Replace map[string]string // file that does not exist -> file that takes its place
}

// Make names the root and all that it imports, and writes the copies.
func Make(r Request) (*Overlay, error) {
	m := &maker{
		request: r, named: map[string]*named{},
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

// added matches the end of a new import path or directory.
var added = regexp.MustCompile(`/` + mark + `[0-9a-f]{` + fmt.Sprint(digits) + `}\b`)

const (
	mark   = "hr"
	digits = 16
)

// Restore replaces new import paths and directories in a text by the real ones.
func Restore(text string) string { return added.ReplaceAllString(text, "") }

// maker names packages, each after those that it imports.
type maker struct {
	request Request
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
	p := m.request.Packages[path]
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
	if path == m.request.Root {
		own = m.digest(fmt.Appendf(nil, "%s generation %d", n.hash, m.request.Generation))
	}
	if m.request.Burnt[path+"/"+mark+own] {
		own = m.digest(fmt.Appendf(nil, "%s instead, in generation %d", own, m.request.Generation))
	}
	n.path = path + "/" + mark + own
	m.named[path] = n
	m.overlay.Paths[path] = n.path
	return n, m.lay(p, mark+own, files, paths)
}

// nameImports names what a file imports, and adds it to the hash.
func (m *maker) nameImports(s *source, paths map[string]string, sum io.Writer) error {
	for _, imported := range s.imports {
		if _, ok := m.request.Packages[imported.path]; !ok {
			fmt.Fprintf(sum, "import %q %s\n", imported.path, m.request.Print(imported.path))
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

// lay writes the copies of a package, and notes which files they replace.
func (m *maker) lay(p Package, name string, files map[string]*source, paths map[string]string) error {
	virtual := filepath.Join(p.Dir, name)
	copies := filepath.Join(m.request.Dir, name)
	if err := os.MkdirAll(copies, 0o700); err != nil {
		return err
	}
	texts := map[string][]byte{}
	for file, s := range files {
		texts[file] = s.renamed(filepath.Join(p.Dir, file), paths)
	}
	if p.Path == m.request.Root {
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

// keeper is a file that is added to the root. A program that imports plugin keeps
// even those package-level maps that nothing in it reads. Without it, the first
// version would leave out a map that the next one reads, and finds nil: an
// unchanged package keeps the variables of the first version.
const (
	keeper  = "hotreload_keep_all.go"
	keepAll = "package main\n\nimport _ \"plugin\"\n"
)

// hashFile adds an embedded file to a hash.
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
