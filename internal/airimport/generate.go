package airimport

import (
	"path"
	"slices"
	"strings"

	"hotreload/internal/config"
)

// reads are the globs of what well-known generators read, by the name of the tool.
var reads = []struct {
	word string
	glob []string
}{
	{"templ", []string{"**/*.templ"}},
	{"sqlc", []string{"**/*.sql", "sqlc.{yaml,yml,json}"}},
	{"swag", []string{"**/*.go"}},
	{"wire", []string{"**/*.go"}},
	{"protoc", []string{"**/*.proto"}},
	{"buf", []string{"**/*.proto", "buf*.yaml"}},
	{"gqlgen", []string{"**/*.{graphql,graphqls}", "gqlgen.yml"}},
	{"oapi-codegen", []string{"**/*.{yaml,yml,json}"}},
}

// webKinds are what a bundler reads.
var webKinds = []string{"css", "scss", "sass", "less", "js", "jsx", "ts", "tsx", "vue", "svelte"}

// webTools are commands that read these.
var webTools = []string{"npm", "npx", "pnpm", "yarn", "bun", "bunx", "vite", "esbuild", "tailwind", "tailwindcss", "postcss", "sass"}

// generator turns commands that air runs before each build into a [[build.generate]]
// table.
func (c *converter) generator(steps []step) {
	match, all := knownSources(steps)
	if !all {
		c.generating = true
		match = append(match, c.watchedSources(steps)...)
	}
	c.out.Generate = append(c.out.Generate, config.Generator{Match: match, Command: command(steps)})
}

// knownSources are the globs of well-known generators, and whether all of the steps are
// such generators.
func knownSources(steps []step) (match []string, all bool) {
	all = true
	for _, s := range steps {
		found := false
		fields, _ := args(s.words)
		for _, known := range reads {
			if slices.ContainsFunc(fields, func(field string) bool { return toolName(field) == known.word }) {
				match, found = append(match, known.glob...), true
			}
		}
		all = all && found
	}
	slices.Sort(match)
	return slices.Compact(match), all
}

// toolName is the program that a word of a command names: templ for
// github.com/a-h/templ/cmd/templ@latest.
func toolName(field string) string {
	name, _, _ := strings.Cut(field, "@")
	return trimExe(path.Base(name))
}

// watchedSources are globs of what air watched, without what only the go command
// reads. They include the sources of the generator.
func (c *converter) watchedSources(steps []step) []string {
	b := c.air.Build
	kinds := b.IncludeExt
	if len(kinds) == 0 {
		kinds = []string{"go", "tpl", "tmpl", "html"}
	}
	kinds = slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return slices.Contains(graphKinds, kind) || kind == "" })
	dirs := b.IncludeDir
	if slices.ContainsFunc(steps, isWebTool) {
		for _, kind := range webKinds {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
		if !slices.ContainsFunc(b.IncludeExt, func(kind string) bool { return slices.Contains(webKinds, kind) }) {
			dirs = nil // air did not watch these kinds, so its directories mean nothing
		}
	}
	if len(kinds) == 0 {
		kinds = []string{"go"}
	}
	globs := globsIn(dirs, c.root(), kinds)
	for _, file := range b.IncludeFile {
		if !slices.Contains(graphKinds, strings.TrimPrefix(path.Ext(file), ".")) {
			globs = append(globs, escapeGlob(path.Clean(file)))
		}
	}
	return globs
}

func isWebTool(s step) bool {
	return len(s.words) > 0 && slices.Contains(webTools, toolName(s.words[0].value()))
}

// rules carries over [[build.rules]]: commands for some files, without a build.
func (c *converter) rules() {
	for _, r := range c.air.Build.Rules {
		c.carried("build.rules")
		steps, ok := c.line(r.Cmd)
		if !ok || len(steps) == 0 {
			c.note("build.rules", show(r.Cmd), "not a shell command that hotreload understands; write a [[build.generate]] table yourself")
			continue
		}
		if steps = c.withoutKills("build.rules", steps); len(steps) == 0 {
			continue
		}
		var match []string
		if kinds := r.IncludeExt; len(kinds)+len(r.IncludeDir) > 0 {
			if len(kinds) == 0 {
				kinds = []string{"*"}
			}
			match = globsIn(r.IncludeDir, c.root(), kinds)
		}
		for _, file := range r.IncludeFile {
			match = append(match, escapeGlob(path.Clean(file)))
		}
		if len(match) == 0 {
			c.note("build.rules", show(r.Cmd), "it names no files; write a [[build.generate]] table with a match")
			continue
		}
		c.out.Generate = append(c.out.Generate, config.Generator{Match: match, Command: command(steps)})
		if len(r.ExcludeRegex) > 0 {
			c.note("build.rules", show(r.ExcludeRegex), "a regular expression; list what the command reads in match")
		}
	}
}
