package gocmd

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// Setting returns what go env would for a setting without a default: its value in the
// environment of a build, to which env adds, or as go env -w wrote it; empty: neither.
func Setting(env map[string]string, name string) string {
	if value := variable(env, name); value != "" {
		return value
	}
	file := variable(env, "GOENV")
	if dir, err := os.UserConfigDir(); file == "" && err == nil {
		file = filepath.Join(dir, "go", "env")
	}
	if file == "off" {
		return ""
	}
	text, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer text.Close()
	written := ""
	for lines := bufio.NewScanner(text); lines.Scan(); {
		if key, value, _ := strings.Cut(lines.Text(), "="); key == name {
			written = value
		}
	}
	return written
}

// variable is an environment variable of a build.
func variable(env map[string]string, name string) string {
	if value, ok := env[name]; ok {
		return value
	}
	return os.Getenv(name)
}
