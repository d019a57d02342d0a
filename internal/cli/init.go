package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hotreload/build"
	"hotreload/internal/airimport"
	"hotreload/internal/config"
	"hotreload/internal/hotcopy"
	"hotreload/internal/visible"
	"hotreload/session"
)

func newInit(f *flags) *cobra.Command {
	var force bool
	var air string
	cmd := &cobra.Command{
		Use:   "init [--from-air[=FILE]] [--force]",
		Short: "Write a commented " + config.FileName + " for this project, or convert an air config",
		Args: func(cmd *cobra.Command, args []string) error {
			if air == searchAir && len(args) == 1 {
				return usageError{"--from-air needs an equals sign: --from-air=" + args[0] + ""}
			}
			return noArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			var p config.Project
			if cmd.Flags().Changed("from-air") {
				p, err = importAir(cmd.Context(), dir, air)
			} else {
				p, err = survey(cmd.Context(), dir)
			}
			if err != nil {
				return err
			}
			path := filepath.Join(dir, config.FileName)
			if err := writeConfig(path, config.Template(p), force); err != nil {
				return err
			}
			if err := report(cmd.OutOrStdout(), path, p); err != nil || !couldUseHot(cmd.Context(), dir, p) {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "to swap versions without losing a request, and to keep state: "+adviseHot(dir))
			return err
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite an existing file")
	cmd.Flags().StringVar(&air, "from-air", "", "convert the air config in `FILE`; by default "+strings.Join(airFiles, ", "))
	cmd.Flags().Lookup("from-air").NoOptDefVal = searchAir
	return cmd
}

// writeConfig writes the file. It overwrites another only with force, and never what a link
// leads to: the link goes.
func writeConfig(path string, text []byte, force bool) error {
	mode := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if force {
		mode = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	if info, err := os.Lstat(path); force && err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("write the config: %w", err)
		}
	}
	file, err := os.OpenFile(path, mode, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists; overwrite it with --force", path)
	}
	if err != nil {
		return fmt.Errorf("write the config: %w", err)
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the config: %w", err)
	}
	return nil
}

// report says what was written, and what the user should check.
func report(out io.Writer, path string, p config.Project) error {
	text := "wrote " + path + "\n"
	if p.Import == nil {
		text += choices(p)
	} else {
		imported := p.Import
		for _, g := range imported.Generate {
			text += fmt.Sprintf("generator: %s\n  air ran it before every build. It runs when a file changes that matches %s: make sure that match names what it reads\n",
				strings.Join(g.Command, " "), strings.Join(g.Match, ", "))
		}
		for _, l := range imported.Lost {
			text += fmt.Sprintf("not carried over: %s = %s\n  %s\n", l.Key, l.Value, l.Why)
		}
		text += fmt.Sprintf("the settings of %s that were not carried over are listed at the end of the file, with the reasons\n", imported.From)
	}
	_, err := io.WriteString(out, visible.Text(text, "\n\t"))
	return err
}

// choices are what init decided for the user.
func choices(p config.Project) (text string) {
	if len(p.Packages) > 1 && p.Chosen != "" {
		others := slices.DeleteFunc(slices.Clone(p.Packages), func(one string) bool { return one == p.Chosen })
		which := fmt.Sprintf("the first of %d main packages", len(p.Packages))
		if p.Chosen == "." {
			which = "the main package in this directory"
		}
		text = fmt.Sprintf("build.package is %s, %s. To run another one, change it:\n  %s\n",
			p.Chosen, which, strings.Join(others, "\n  "))
	}
	for _, g := range p.Generate {
		text += fmt.Sprintf("generator: %s\n  it runs when a file changes that matches %s; to do without it, remove its [[build.generate]] table\n",
			strings.Join(g.Command, " "), strings.Join(g.Match, ", "))
	}
	return text
}

// searchAir is --from-air without a file.
const searchAir = "*"

// airFiles are where air looks for its config, and where older versions did.
var airFiles = []string{".air.toml", ".config/air.toml", ".air.conf"}

// importAir converts the air config of the project in dir.
func importAir(ctx context.Context, dir, name string) (config.Project, error) {
	p := config.Project{Name: filepath.Base(dir)}
	name, text, err := readAir(dir, name)
	if err != nil {
		return p, err
	}
	p.Import, err = airimport.Convert(text, airimport.Options{File: name, GOOS: runtime.GOOS, Getenv: os.Getenv, Dir: filepath.ToSlash(dir)})
	if err != nil {
		return p, err
	}
	keepBeside(dir, p.Import)
	// Without a module, or with one that cannot be read, the air config is enough: the
	// session will report what is missing.
	if mains, err := build.NewInspector(dir).Mains(ctx, p.Import.Config.Build, dir); err == nil {
		p.Packages = mains
		p.Import.Choose(mains)
	}
	return p, nil
}

// readAir finds and reads the air config.
func readAir(dir, name string) (string, []byte, error) {
	names := []string{name}
	if name == searchAir || name == "" {
		names = airFiles
	}
	for _, name := range names {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, name)
		}
		text, err := os.ReadFile(path)
		switch {
		case err == nil:
			return name, text, nil
		case !errors.Is(err, fs.ErrNotExist):
			return name, nil, fmt.Errorf("read the air config: %w", err)
		}
	}
	if len(names) > 1 {
		return name, nil, usageError{fmt.Sprintf("--from-air: no %s in %s; name the file: --from-air=FILE", strings.Join(airFiles, " or "), dir)}
	}
	return name, nil, usageError{fmt.Sprintf("--from-air=%s: no such file in %s", name, dir)}
}

// templateKinds are the extensions of templates, which programs read at their start.
var templateKinds = []string{"html", "tmpl", "tpl", "gohtml", "mustache", "hbs", "jet", "pug", "liquid", "gotmpl"}

// choose returns the main package that runs: the one in the directory itself, else the first
// below, else the first; "": there is none.
func choose(mains []string) string {
	if slices.Contains(mains, ".") {
		return "."
	}
	if i := slices.IndexFunc(mains, func(one string) bool { return strings.HasPrefix(one, "./") }); i >= 0 {
		return mains[i]
	}
	return append(slices.Clone(mains), "")[0]
}

// survey finds out what the config of the project in dir should say.
func survey(ctx context.Context, dir string) (config.Project, error) {
	p := config.Project{Name: filepath.Base(dir)}
	b := build.NewInspector(dir)
	mains, err := b.Mains(ctx, build.DefaultConfig(), dir)
	if err != nil {
		return p, err
	}
	p.Packages = mains
	p.Chosen = choose(mains)
	kinds := map[string]bool{}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return nil // unreadable, or gone
		case entry.IsDir() && path != dir && (name == "node_modules" || strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case filepath.Dir(path) == dir && (name == ".env" || name == ".env.local"):
			if entry.Type().IsRegular() {
				p.EnvFiles = append(p.EnvFiles, name)
			}
		default:
			kinds[strings.TrimPrefix(filepath.Ext(name), ".")] = true
		}
		return nil
	})
	for _, kind := range templateKinds {
		if kinds[kind] {
			p.Templates = append(p.Templates, "**/*."+kind)
		}
	}
	if kinds["templ"] {
		p.Generate = append(p.Generate, config.Generator{Match: []string{"**/*.templ"}, Command: templ(dir)})
	}
	if len(p.EnvFiles) > 0 {
		// What is wrong with the package a build will say.
		graph, _ := b.Graph(ctx, build.DefaultConfig(), p.Chosen)
		if !session.LoadsNoEnvFiles(graph) {
			p.EnvFiles = nil // the app loads them itself, in its own order
		}
	}
	return p, err
}

// couldUseHot reports whether the app serves HTTP, and not with package hot yet.
func couldUseHot(ctx context.Context, dir string, p config.Project) bool {
	pkg := p.Chosen
	if p.Import != nil {
		pkg = p.Import.Config.Build.Package
	}
	if pkg == "" {
		return false
	}
	g, err := build.NewInspector(dir).Graph(ctx, build.DefaultConfig(), pkg)
	return err == nil && g.Hot == "" && g.Packages["net/http"]
}

// adviseHot says how to come to use package hot.
func adviseHot(dir string) string {
	module, err := hotcopy.FindModule(dir)
	if err == nil {
		if copies, err := module.Copies(); err == nil && len(copies) > 0 {
			return "use Listen and Serve of package hot in " + strings.Join(copies, " or ")
		}
	}
	return "run `hotreload add hot`, then use its Listen and Serve"
}
