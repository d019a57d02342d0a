package session

import (
	"path/filepath"
	"slices"
	"strings"

	"hotreload/build"
	"hotreload/internal/visible"
	"hotreload/runner"
)

// This file is about the files that set variables for the app: those of runner.env_files,
// and those that the app loads itself.

// isEnvFile reports whether a file sets variables for the app: the config names it, or the
// app may load it.
func (s State) isEnvFile(path string) bool {
	return isLoaded(filepath.Base(path)) && filepath.Dir(path) == s.appDir() || slices.Contains(s.envFiles(), path)
}

// isLoaded reports whether loaders of env files read a file of this name: .env, .env.local
// and the like. Those that a user is to copy set nothing, nor do files such as .envrc.
func isLoaded(name string) bool {
	rest, is := strings.CutPrefix(name, ".env")
	if !is || rest != "" && !strings.ContainsRune(".-_", rune(rest[0])) {
		return false
	}
	return !slices.Contains([]string{"example", "sample", "template", "dist"}, strings.TrimLeft(rest, ".-_"))
}

// appDir is the app's working directory, where such loaders look.
func (s State) appDir() string { return s.absolute(s.config.Runner.Dir) }

// envFiles are the absolute paths of runner.env_files, and of .env where its directory is
// not watched for anything else.
func (s State) envFiles() []string {
	var files []string
	for _, file := range s.config.Runner.EnvFiles {
		files = append(files, s.absolute(file))
	}
	dir := s.appDir()
	if within, err := filepath.Rel(s.Root, dir); err != nil || !filepath.IsLocal(within) {
		files = append(files, filepath.Join(dir, ".env"))
	}
	return files
}

func (s State) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(s.Root, path)
}

// tellEnvFiles says which env files set what, unless that is as it was told last.
func (t *step) tellEnvFiles(r runner.Started) {
	var told []string
	for _, file := range r.EnvFiles {
		if !file.Unread {
			told = append(told, envFileText(file))
		} else if len(r.EnvFiles) == 1 && LoadsNoEnvFiles(t.listing.graph) {
			told = append(told, `.env is not read, as the app uses no loader that hotreload knows; to have hotreload read it, set env_files = [".env"] under [runner]`)
		}
	}
	text := strings.Join(told, "; ")
	if text != "" && text != t.service.env {
		t.emit(r.Gen, Note{text})
	}
	t.service.env = text
}

// LoadsNoEnvFiles reports whether an app is known not to load env files itself.
func LoadsNoEnvFiles(graph *build.Graph) bool {
	if graph == nil {
		return false
	}
	for path := range graph.Packages {
		if strings.Contains(path, "dotenv") || strings.Contains(path, "gotenv") {
			return false
		}
	}
	return true
}

// envFileText is what an env file of the config sets.
func envFileText(f runner.EnvFile) string {
	name := visible.Text(f.Name, "")
	if f.Missing {
		return "env file " + name + " does not exist"
	}
	text := "env file " + name + " sets "
	if len(f.Sets) == 0 {
		text += "nothing"
	}
	text += strings.Join(f.Sets, ", ")
	if len(f.Kept) > 0 {
		text += ", but not " + strings.Join(f.Kept, ", ") + ", set in hotreload's own environment"
	}
	return text
}
