package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// listed is what go list tells of a package.
type listed struct {
	Dir        string
	ImportPath string
	Name       string
	Standard   bool
	DepOnly    bool
	Module     *struct {
		Path    string
		Main    bool
		GoMod   string
		Replace *struct{ GoMod string }
	}
	Error *struct{ Err string }

	GoFiles, CgoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles   []string
	SwigFiles, SwigCXXFiles, SysoFiles, IgnoredGoFiles, IgnoredOtherFiles []string
	TestGoFiles, XTestGoFiles, EmbedFiles, EmbedPatterns, Imports         []string
}

// fields are the ones of listed: asking for fewer makes go list faster.
const fields = "Dir,ImportPath,Name,Standard,DepOnly,Module,Error," +
	"GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles," +
	"SwigFiles,SwigCXXFiles,SysoFiles,IgnoredGoFiles,IgnoredOtherFiles," +
	"TestGoFiles,XTestGoFiles,EmbedFiles,EmbedPatterns,Imports"

// list runs go list -e in dir.
func (b *Builder) list(ctx context.Context, c Config, dir string, args ...string) ([]listed, error) {
	out, err := b.goOutput(ctx, c, dir, append([]string{"list", "-e", "-json=" + fields}, args...)...)
	if err != nil {
		return nil, err
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read what go list says: %w", err)
		}
		packages = append(packages, p)
	}
}

// goOutput runs the go command in dir and returns what it writes to stdout. Its
// error is what it writes to stderr.
func (b *Builder) goOutput(ctx context.Context, c Config, dir string, args ...string) (string, error) {
	printed, err := b.execute(ctx, execution{
		command: append([]string{"go"}, args...), dir: dir, env: environ(dir, c.Env),
	})
	var exit *exitError
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.As(err, &exit):
		return "", &goError{strings.TrimSpace(printed.err)}
	}
	return printed.out, err
}

// goError is the go command's refusal, in its own words.
type goError struct{ text string }

func (e *goError) Error() string { return e.text }

// loadFlags are the build flags that decide which files a package has.
func loadFlags(c Config) []string {
	flags := append([]string{}, c.Flags...)
	if c.Race {
		flags = append(flags, "-race")
	}
	if len(c.Tags) > 0 {
		flags = append(flags, "-tags="+strings.Join(c.Tags, ","))
	}
	return flags
}
