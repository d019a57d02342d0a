package graph

import (
	"context"
	gobuild "go/build"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/gocmd"
)

// Where build.command builds the app, its tags are not known, nor which files it names.
// What go build would leave out may be part of the app then: a build too many is nothing
// but slow, and one too few leaves the app old.

// filesNamed are the files that the words of a command may mean, such as the script that
// it runs. nil: there is no command.
func filesNamed(o gocmd.Options, root string) map[string]bool {
	if len(o.Command) == 0 {
		return nil
	}
	named := map[string]bool{}
	for _, word := range o.Command {
		for _, part := range append(strings.FieldsFunc(word, isShell), word) {
			named[gocmd.InDir(filepath.Clean(part), root)] = true
		}
	}
	delete(named, gocmd.InDir(filepath.Clean(o.Output), root))
	return named
}

// isShell reports whether a character separates words in a line of shell.
func isShell(r rune) bool { return strings.ContainsRune(" \t\n;&|<>()'\"`$={},", r) }

// commandReads reports whether a file may be one that build.command reads: it may be
// compiled, it says how to build, or the command names it.
func (g *Graph) commandReads(file string) bool {
	if g.unlisted.command == nil {
		return false
	}
	name := filepath.Base(file)
	ext := filepath.Ext(name)
	return ext == ".go" || isAssembly(ext) || isNative(ext) || saysHowToBuild(name) || g.unlisted.command[file] && !isDir(file)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// saysHowToBuild recognizes the files of make and its successors.
func saysHowToBuild(name string) bool {
	return filepath.Ext(name) == ".mk" ||
		slices.Contains([]string{"makefile", "gnumakefile", "justfile", "taskfile.yml", "taskfile.yaml"}, strings.ToLower(name))
}

// unlessCompiled corrects the verdict on a file in the directory of a package, which
// constraints may leave out: build.command may set others.
func (g *Graph) unlessCompiled(v Verdict, file string) Verdict {
	if v.Built || g.unlisted.command == nil || strings.HasSuffix(file, "_test.go") || isSpecial(file) {
		return v
	}
	return Verdict{
		Built: true, Relist: !g.unlisted.ignored[file] || g.Relist(file),
		Reason: strings.Replace(v.Reason, leftOut, "possibly part of the build, because build.command may meet its constraints", 1),
	}
}

// takeLeftOut adds the packages that only files import which constraints leave out.
func (g *Graph) takeLeftOut(ctx context.Context, run *gocmd.Runner, o gocmd.Options, env map[string]string) error {
	offline := o // whatever only other systems need is not to be downloaded
	offline.Env = maps.Clone(o.Env)
	if offline.Env == nil {
		offline.Env = map[string]string{}
	}
	offline.Env["GOPROXY"] = "off"
	asked := map[string]bool{"C": true}
	for {
		var missing []string
		for dir := range g.packages {
			for _, imported := range g.regardless(dir).Imports {
				if !g.Packages[imported] && !asked[imported] {
					asked[imported] = true
					missing = append(missing, imported)
				}
			}
		}
		if len(missing) == 0 {
			return nil
		}
		slices.Sort(missing)
		all, err := run.List(ctx, offline, run.Root, slices.Concat(o.LoadFlags(), []string{"-deps", "--"}, missing)...)
		if err != nil {
			return err
		}
		for _, p := range all {
			if !g.Packages[p.ImportPath] && p.Dir != "" {
				p.DepOnly = true
				g.take(p, env)
			}
		}
	}
}

// regardless is a package with all that constraints leave out.
func (g *Graph) regardless(dir string) *gobuild.Package {
	all := g.context
	all.UseAllFiles = true
	p, _ := all.ImportDir(dir, 0) // what is wrong the build will say
	return p
}
