// Package agree edits a project again and again, and compares what hotreload builds of it,
// linked against a shared library, with what go build builds.
//
// In go a project and ways to run its app; out comes a table with a row for each build.
// What always holds: the project itself is left alone, because a copy of it is edited; an
// edit that go build does not compile, where it should, is replaced by another one; both
// executables are of the same source.
//
//	project ─▶ edits ─▶ go build ─▶ observe ─┐
//	                └─▶ hotreload ─▶ observe ─┴─▶ rows
package agree

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options say what is compared.
type Options struct {
	Dir     string // what is copied; the app may be built from all that is in it
	Module  string // the directory of the app's module in it; empty: it itself
	Package string // relative to the module
	Edits   int
	Seed    uint64
	Uses    Uses
	Scratch string                // an empty directory; what it holds in the end is of no use
	Self    string                // this program, which calls build.StandIn if build.StandsIn
	Tell    func(progress string) // is told how far it is
}

// row is what one build gave.
type row struct {
	edit         string
	how, why     string // by hotreload
	took, takes  time.Duration
	disagreement string
}

// Run makes the edits, and writes the table. An error is about the project, or a
// disagreement.
func Run(ctx context.Context, o Options, to io.Writer) error {
	p, err := copyProject(ctx, o)
	if err != nil {
		return err
	}
	c := comparison{options: o, project: p, random: rand.New(rand.NewPCG(o.Seed, 1))}
	if c.hooks, err = p.hook(c.random); err != nil {
		return err
	}
	if c.product, err = openProduct(o, p); err != nil {
		return err
	}
	defer c.product.close()
	err = c.run(ctx)
	if writeErr := writeRows(to, o, c.rows); err == nil {
		err = writeErr
	}
	return err
}

// comparison is one run.
type comparison struct {
	options Options
	project *project
	hooks   hooks
	product *product
	random  *rand.Rand
	rows    []row
}

func (c *comparison) run(ctx context.Context) error {
	if err := c.take(ctx, "the first build", change{}); err != nil {
		return err
	}
	for n := range c.options.Edits {
		kind := kinds[n%len(kinds)]
		if err := c.edit(ctx, kind, n+1); err != nil {
			return fmt.Errorf("edit %d, %s: %w", n+1, kind.name, err)
		}
	}
	var wrong int
	for _, r := range c.rows {
		if r.disagreement != "" {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d builds do not agree", wrong, len(c.rows))
	}
	return nil
}

// mostTried is how many edits of a kind are tried until one compiles.
const mostTried = 12

// edit makes an edit that go build compiles, and builds both ways.
func (c *comparison) edit(ctx context.Context, k kind, n int) error {
	changes, err := k.changes(ctx, c, n)
	if err != nil {
		return err
	}
	for i, change := range changes[:min(len(changes), mostTried)] {
		c.options.Tell(fmt.Sprintf("edit %d of %d: %s (try %d)", n, c.options.Edits, change.what, i+1))
		if err := change.write(); err != nil {
			return err
		}
		reference, err := c.reference(ctx)
		if err != nil {
			return err
		}
		if (reference.failed != "") != change.broken {
			if err := change.undo(); err != nil {
				return err
			}
			continue
		}
		if err := c.compareBuild(ctx, k.name, change, reference); err != nil || !change.broken {
			return err
		}
		if err := change.undo(); err != nil {
			return err
		}
		return c.take(ctx, "its undo", change)
	}
	c.rows = append(c.rows, row{edit: k.name, how: "-", why: fmt.Sprintf("none of %d such edits compiles", len(changes))})
	return nil
}

// take builds both ways, and compares.
func (c *comparison) take(ctx context.Context, name string, change change) error {
	reference, err := c.reference(ctx)
	if err != nil {
		return err
	}
	return c.compareBuild(ctx, name, change, reference)
}

func (c *comparison) reference(ctx context.Context) (built, error) {
	return c.project.build(ctx, filepath.Join(c.options.Scratch, "reference"))
}

// compareBuild has hotreload build what go build has built, and compares.
func (c *comparison) compareBuild(ctx context.Context, name string, change change, reference built) error {
	built, err := c.product.build(ctx, change.paths())
	if err != nil {
		return err
	}
	r := row{edit: name, how: built.how, why: built.why, took: built.took, takes: reference.took}
	if r.disagreement, err = c.compare(ctx, built, reference); err != nil {
		return err
	}
	if r.disagreement != "" {
		c.options.Tell(fmt.Sprintf("%s does NOT agree: %s", change.what, r.disagreement))
	}
	c.options.Tell(fmt.Sprintf("%s: %s in %d ms, go build in %d ms %s", name, r.how, r.took.Milliseconds(), r.takes.Milliseconds(), r.why))
	why, err := c.product.prepare(ctx)
	if why != "" {
		c.options.Tell("the next build: " + why)
	}
	if why != "" && r.why == "" {
		r.why = "next: " + why
	}
	c.rows = append(c.rows, r)
	return err
}

// compare says in what the executables of two builds differ, or "".
func (c *comparison) compare(ctx context.Context, built, reference built) (string, error) {
	switch {
	case built.failed != "" && reference.failed != "":
		if !strings.Contains(reference.failed, built.message) {
			return fmt.Sprintf("hotreload says %q, go build %q", built.message, reference.failed), nil
		}
		return "", nil
	case built.failed != "":
		return "only hotreload's build fails: " + built.failed, nil
	case reference.failed != "":
		return "only go build fails: " + reference.failed, nil
	}
	o := observer{c.options.Uses, filepath.Join(c.options.Scratch, "run"), c.project.tree, nil}
	if len(c.rows) == 0 {
		o.tell = c.options.Tell // so that one can see that the app is run as it should be
	}
	return o.compare(ctx, built.path, reference.path)
}

// writeRows writes the table.
func writeRows(to io.Writer, o Options, rows []row) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s %s, seed %d\n\n| edit | built | ms | go build, ms | ratio | agrees | why not shared |\n|---|---|---|---|---|---|---|\n",
		filepath.Base(o.Dir), o.Package, o.Seed)
	for _, r := range rows {
		agrees := "yes"
		if r.disagreement != "" {
			agrees = "**no**: " + firstLine(r.disagreement)
		}
		if r.how == "-" {
			agrees = ""
		}
		ratio := ""
		if r.takes > 0 {
			ratio = fmt.Sprintf("%.2f", float64(r.took)/float64(r.takes))
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %s | %s | %s |\n", r.edit, r.how, r.took.Milliseconds(), r.takes.Milliseconds(), ratio, agrees, r.why)
	}
	_, err := io.WriteString(to, b.String())
	return err
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// change is an edit of some files.
type change struct {
	what   string
	broken bool // it does not compile
	files  map[string]edited
}

// edited is what a file was and is.
type edited struct{ from, to []byte }

func (c change) write() error {
	for path, f := range c.files {
		if err := os.WriteFile(path, f.to, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (c change) undo() error {
	for path, f := range c.files {
		if err := os.WriteFile(path, f.from, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (c change) paths() []string {
	var all []string
	for path := range c.files {
		all = append(all, path)
	}
	return all
}
