package direct

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build/gocmd"
)

// Variation is how a call differs from the one that was learned.
type Variation struct {
	Set     map[string]string       // flags that get another value
	Replace func(arg string) string // rewrites every argument; nil: none
	Package func(was string) string // another import path for a package; nil: none
	Object  func(pkg string) string // where a package lies, by its import path now
}

// unhindered lets compiler and linker collect garbage less often, unless the environment says
// how often they do. They are a fifth faster for a small package, a tenth for a large one, and
// take a quarter more memory at most.
var unhindered = []string{"GOGC=400"}

// Compile calls the compiler, which writes the package to out. work is a directory
// to be created, for what the compiler reads. If the compiler rejects the code, the
// error is a *diag.Error.
func (s *Step) Compile(ctx context.Context, run *gocmd.Runner, env []string, v Variation, out, work string) error {
	if err := os.Mkdir(work, 0o700); err != nil {
		return err
	}
	args := slices.Clone(s.call.args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], s.work, work)
		if v.Replace != nil {
			args[i] = v.Replace(args[i])
		}
	}
	if err := v.apply(args, out, filepath.Join(work, "importcfg"), s.importcfg); err != nil {
		return err
	}
	if s.embedcfg != "" {
		embedcfg := filepath.Join(work, "embedcfg")
		setFlag(args, "-embedcfg", embedcfg)
		if err := os.WriteFile(embedcfg, []byte(s.embedcfg), 0o600); err != nil {
			return err
		}
	}
	text, err := run.Run(ctx, args, slices.Concat(unhindered, env, s.call.env))
	if err != nil && ctx.Err() == nil {
		return s.rejection(run, text, err)
	}
	return err
}

// Link calls the linker, which writes an executable or a plugin to out. tmp is a
// directory for what the linker reads.
func (l *Link) Link(ctx context.Context, run *gocmd.Runner, env []string, v Variation, out, tmp string) error {
	args := slices.Clone(l.call.args)
	if err := v.apply(args, out, filepath.Join(tmp, "importcfg.link"), l.importcfg); err != nil {
		return err
	}
	args[len(args)-1] = v.Object(v.path(l.Main))
	_, err := run.Run(ctx, args, slices.Concat(unhindered, env, l.call.env))
	return err
}

// Sets reports whether the linker gets a flag.
func (l *Link) Sets(flag string) bool { return flagValue(l.call.args, flag) != "" }

// apply sets the flags, and writes the configuration with the packages of now.
func (v Variation) apply(args []string, out, importcfg, cfg string) error {
	setFlag(args, "-o", out)
	setFlag(args, "-importcfg", importcfg)
	for flag, value := range v.Set {
		setFlag(args, flag, value)
	}
	return os.WriteFile(importcfg, []byte(v.config(cfg)), 0o600)
}

// config is a compiler's or linker's configuration with the packages of now.
func (v Variation) config(cfg string) string {
	var text strings.Builder
	for line := range strings.Lines(cfg) {
		if rest, ok := strings.CutPrefix(line, "packagefile "); ok {
			was, _, _ := strings.Cut(rest, "=")
			pkg := v.path(was)
			line = "packagefile " + pkg + "=" + v.Object(pkg) + "\n"
		}
		text.WriteString(line)
	}
	return text.String()
}

func (v Variation) path(was string) string {
	if v.Package == nil {
		return was
	}
	return v.Package(was)
}

// setFlag sets the word after a flag, if the flag is there.
func setFlag(args []string, flag, value string) {
	if i := slices.Index(args, flag); i >= 0 && i+1 < len(args) {
		args[i+1] = value
	}
}
