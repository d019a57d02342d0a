package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hotreload/build"
	"hotreload/config"
)

func newInit(f *flags) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented " + config.FileName + " for this project",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			return initConfig(cmd, dir, force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "write over an existing file")
	return cmd
}

// initConfig writes the config file of the project in dir.
func initConfig(cmd *cobra.Command, dir string, force bool) error {
	p, err := survey(cmd.Context(), dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, config.FileName)
	mode := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if force {
		mode = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	file, err := os.OpenFile(path, mode, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists; write over it with --force", path)
	}
	if err != nil {
		return fmt.Errorf("write the config: %w", err)
	}
	_, err = file.Write(config.Template(p))
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the config: %w", err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %s\n", path)
	return err
}

// templateKinds are the file names' endings that say: a program reads this at
// run time and shows it to somebody.
var templateKinds = []string{"html", "tmpl", "tpl", "gohtml", "css", "js", "mustache", "hbs", "jet", "pug", "liquid", "gotmpl"}

// survey finds out what a config for the project in dir should say.
func survey(ctx context.Context, dir string) (config.Project, error) {
	p := config.Project{Name: filepath.Base(dir)}
	b := build.New(dir, "")
	mains, err := b.Mains(ctx, build.DefaultConfig(), dir)
	if err != nil {
		return p, err
	}
	p.Packages = mains
	if i := slices.Index(mains, "."); i >= 0 {
		p.Chosen = "."
	} else if len(mains) > 0 {
		p.Chosen = mains[0]
	}
	kinds := map[string]bool{}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return nil // not ours to read, or gone
		case entry.IsDir() && path != dir && (name == "node_modules" || strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case filepath.Dir(path) == dir && (name == ".env" || strings.HasPrefix(name, ".env.") && !strings.HasSuffix(name, ".example")):
			p.EnvFiles = append(p.EnvFiles, name)
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
	return p, err
}
