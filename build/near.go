package build

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"hotreload/build/diag"
	"hotreload/build/gocmd"
)

// mostNamed is how many main packages a message lists.
const mostNamed = 5

// instead says which main package was meant by a name that is not one's, if that can be told,
// or which there are. A relative name is relative to dir, and so are those that it says.
func (b *Builder) instead(ctx context.Context, c Config, asked, dir string) string {
	mains, err := b.mains(ctx, c, dir)
	if err != nil || len(mains) == 0 {
		return ""
	}
	var names []string
	for _, p := range mains {
		name := p.ImportPath
		if rel, err := filepath.Rel(dir, p.Dir); err == nil && rel != "." {
			name = "./" + filepath.ToSlash(rel)
		} else if err == nil {
			name = "."
		}
		names = append(names, name)
	}
	if near := nearTo(asked, names); len(near) > 0 {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	more := ""
	if n := len(names) - mostNamed; n > 0 {
		names, more = names[:mostNamed], fmt.Sprintf(" and %d more", n)
	}
	return "; the main packages are " + strings.Join(names, ", ") + more
}

// nearTo are those names that another one was probably meant to be: the only one, those whose
// last element is the same, as after a move, or those with few letters to change.
func nearTo(asked string, names []string) []string {
	if len(names) == 1 {
		return names
	}
	asked = strings.ToLower(path.Clean(filepath.ToSlash(asked)))
	best := math.MaxInt
	var near []string
	for _, name := range names {
		known := strings.ToLower(path.Clean(name))
		d := min(slip(path.Base(asked), path.Base(known)), slip(asked, known))
		if d < best {
			best, near = d, nil
		}
		if d == best && d < math.MaxInt {
			near = append(near, name)
		}
	}
	if len(near) > mostNamed {
		return nil
	}
	return near
}

// slip is how many letters differ. With more than a third of them it is another word.
func slip(a, b string) int {
	if d := levenshtein.ComputeDistance(a, b); d <= (len([]rune(a))+1)/3 {
		return d
	}
	return math.MaxInt
}

// explainGone says where the app's package may be, if a build failed because it is gone.
func (b *Builder) explainGone(ctx context.Context, r Request, err error) error {
	var failed *Error
	if !errors.As(err, &failed) || len(r.Config.Command) > 0 || !b.isGone(r.Package) {
		return err
	}
	hint := fmt.Sprintf("there is no Go file in %s any more%s", r.Package, b.instead(ctx, r.Config, r.Package, b.root))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !strings.HasSuffix(hint, "?") {
		hint += "."
	}
	hint += " Name the package to build in build.package, or start hotreload with it"
	return &Error{
		Diagnostics: []Diagnostic{{Severity: diag.SeverityError, Message: hint}},
		Text:        strings.TrimRight(failed.Text, "\n") + "\n" + hint,
	}
}

// isGone reports whether a package that lies in the project has no Go file.
func (b *Builder) isGone(pkg string) bool {
	if !strings.HasPrefix(pkg, ".") {
		return false
	}
	entries, err := os.ReadDir(gocmd.InDir(filepath.FromSlash(pkg), b.root))
	return errors.Is(err, os.ErrNotExist) || err == nil && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return filepath.Ext(e.Name()) == ".go" })
}
