package airimport

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// killers are commands that end running programs.
var killers = []string{"kill", "killall", "pkill", "skill", "killall5", "taskkill", "kill-port", "killport", "fkill", "fkill-cli", "xkill", "tskill", "stop-process"}

// starters are commands whose words after some flags are a command.
var starters = append([]string{"xargs", "npx", "pnpx", "bunx", "npm", "pnpm", "yarn", "bun", "busybox", "parallel"}, wrappers...)

// kills reports whether a part of a statement ends running programs: killall, pkill,
// fuser -k, or one of these behind sudo, xargs and the like.
func kills(s *syntax.Stmt) (found bool) {
	syntax.Walk(s, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			found = found || isKill(call)
		}
		return !found
	})
	return found
}

func isKill(call *syntax.CallExpr) bool {
	var words []string
	for _, w := range call.Args {
		text, err := expand.Literal(nil, w)
		if err != nil {
			text = "" // it needs the output of a command
		}
		words = append(words, text)
	}
	if inner, ok := wrapped(words); ok {
		file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(inner), "")
		return err == nil && slices.ContainsFunc(file.Stmts, kills)
	}
	for i, w := range words {
		name := strings.ToLower(toolName(w))
		switch {
		case slices.Contains(killers, name):
			return true
		case name == "fuser":
			return slices.ContainsFunc(words[i:], func(flag string) bool {
				return flag == "--kill" || strings.HasPrefix(flag, "-") && !strings.HasPrefix(flag, "--") && strings.ContainsRune(flag, 'k')
			})
		}
		if i == 0 && !slices.Contains(starters, name) {
			return false
		}
	}
	return false
}

// withoutKills leaves out the steps that end running programs, and lists them. Run before
// a build, they would end the version that serves.
func (c *converter) withoutKills(key string, steps []step) []step {
	var rest []step
	for _, s := range steps {
		if s.kills {
			c.note(key, show(s.text), "this ends running programs, so it would kill the app that serves. It is not needed: hotreload stops the app itself, and leaves no process of it behind")
			continue
		}
		rest = append(rest, s)
	}
	return rest
}
