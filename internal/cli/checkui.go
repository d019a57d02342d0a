package cli

import (
	"hotreload/internal/config"
	"hotreload/ui/editor"
	"hotreload/ui/keys"
)

// checkUI judges the [ui] table for the config, which knows no screen.
func checkUI(c config.UI) []config.Problem {
	var found []config.Problem
	if problem := editor.Check(c.Editor); problem != "" {
		found = append(found, config.Problem{Key: "ui.editor", Message: problem})
	}
	for _, p := range keys.Check(c.Keys) {
		found = append(found, config.Problem{Key: "ui.keys", Entry: p.Action, AtName: p.AtName, Message: p.Message})
	}
	return found
}
