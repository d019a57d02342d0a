package agree

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/packages"
)

// project is the copy of a project that is edited.
type project struct {
	tree, root string // the copy, and the directory of the app's module in it
	pkg        string
	own        []listed // packages that lie in the tree, each after those that it imports
	all        map[string]bool
}

// listed is a package as go list has it.
type listed struct {
	ImportPath, Dir, Name string
	GoFiles, Imports      []string
	depth                 int // imports from the main package, at most
	importers             int // among the own packages, direct or not
}

// copyProject copies a project, without what no build reads.
func copyProject(ctx context.Context, o Options) (*project, error) {
	p := &project{tree: filepath.Join(o.Scratch, filepath.Base(o.Dir)), pkg: o.Package, all: map[string]bool{}}
	p.root = filepath.Join(p.tree, o.Module)
	err := filepath.WalkDir(o.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(o.Dir, path)
		if err != nil {
			return err
		}
		to := filepath.Join(p.tree, rel)
		switch {
		case e.IsDir() && (e.Name() == ".git" || e.Name() == "node_modules"):
			return filepath.SkipDir
		case e.IsDir():
			return os.MkdirAll(to, 0o755)
		case !e.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
	if err != nil {
		return nil, fmt.Errorf("copy the project: %w", err)
	}
	return p, p.list(ctx)
}

// list reads what the app is built from.
func (p *project) list(ctx context.Context) error {
	text, err := p.goCommand(ctx, "list", "-deps", "-json=ImportPath,Dir,Name,GoFiles,Imports", p.pkg)
	if err != nil {
		return fmt.Errorf("list the packages: %w", err)
	}
	index := map[string]int{}
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fmt.Errorf("list the packages: %w", err)
		}
		p.all[l.ImportPath] = true
		if strings.HasPrefix(l.Dir, p.tree+string(filepath.Separator)) || l.Dir == p.tree {
			index[l.ImportPath] = len(p.own)
			p.own = append(p.own, l)
		}
	}
	if len(p.own) == 0 {
		return fmt.Errorf("list the packages: none of %s is in %s", p.pkg, p.root)
	}
	needs := make([]map[int]bool, len(p.own))
	for i := range p.own {
		needs[i] = map[int]bool{}
		for _, path := range p.own[i].Imports {
			if j, ok := index[path]; ok && !needs[i][j] {
				needs[i][j] = true
				for k := range needs[j] {
					needs[i][k] = true
				}
			}
		}
		for j := range needs[i] {
			p.own[j].importers++
		}
	}
	for i, l := range slices.Backward(p.own) {
		for _, path := range l.Imports {
			if j, ok := index[path]; ok {
				p.own[j].depth = max(p.own[j].depth, p.own[i].depth+1)
			}
		}
	}
	return nil
}

// main is the app's main package.
func (p *project) main() listed { return p.own[len(p.own)-1] }

// goCommand runs the go command in the module.
func (p *project) goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = p.root
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, exit.Stderr)
	}
	return out, err
}

// load parses and checks the own packages.
func (p *project) load(ctx context.Context) ([]*packages.Package, error) {
	var paths []string
	for _, l := range p.own {
		paths = append(paths, l.ImportPath)
	}
	return packages.Load(&packages.Config{
		Context: ctx, Dir: p.root,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedSyntax,
	}, paths...)
}

// built is the outcome of a build.
type built struct {
	path            string
	took            time.Duration
	failed, message string // what it printed, and the first error
	how, why        string
}

// build has go build make an executable in a directory, as hotreload has it do.
func (p *project) build(ctx context.Context, dir string) (built, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return built{}, err
	}
	start := time.Now()
	out := filepath.Join(dir, filepath.Base(filepath.Join(p.root, p.pkg))) // the name that hotreload gives it
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags=-w", "-o", out, p.pkg)
	cmd.Dir = p.root
	text, err := cmd.CombinedOutput()
	b := built{path: out, took: time.Since(start)}
	if ctx.Err() != nil {
		return b, context.Cause(ctx)
	}
	if err != nil {
		b.failed = string(text) + err.Error()
		return b, nil
	}
	return b, nil
}
