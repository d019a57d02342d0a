package words

import (
	"fmt"
	"strings"

	"hotreload/internal/visible"
	"hotreload/session"
)

// instance puts what happens at an instance elsewhere in words. What an instance says of itself
// comes over a network.
func instance(d session.Data) string {
	switch d := d.(type) {
	case session.AgentJoined:
		return fmt.Sprintf("%s has joined (%s)", safe(d.Name), safe(d.Platform))
	case session.AgentGone:
		return fmt.Sprintf("%s is gone: %s", safe(d.Name), safe(d.Reason))
	case session.AgentUpdate:
		return fmt.Sprintf("%s has received v%d: %s in %s", safe(d.Name), d.Version, Bytes(d.Bytes), Duration(d.MS))
	case session.AgentReady:
		return fmt.Sprintf("v%d serves at %s%s", d.Version, safe(d.Name), at(safe(d.Address)))
	case session.AgentLoaded:
		return fmt.Sprintf("plugin %s was loaded at %s, into the process that runs", safe(d.Plugin), safe(d.Name))
	case session.AgentFailed:
		return fmt.Sprintf("v%d failed at %s: %s", d.Version, safe(d.Name), safe(d.Reason))
	case session.AgentOutput:
		return safe(d.Name) + " | " + safe(d.Text)
	case session.RolloutDone:
		text := fmt.Sprintf("v%d serves at %s, %s after its build", d.Version, Plural(d.Instances, "instance"), Duration(d.MS))
		if d.Failed > 0 {
			text += fmt.Sprintf("; at %d it failed", d.Failed)
		}
		return text
	case session.RolloutRolledBack:
		return fmt.Sprintf("v%d failed at %s, which was the first to run it; all run v%d: %s", d.Version, safe(d.Instance), d.To, safe(d.Reason))
	}
	return ""
}

// made is what was done to have a version.
func made(u session.Update) string {
	if u.State.Elsewhere.Agent {
		return "received"
	}
	return "built"
}

func safe(text string) string { return visible.Text(strings.ReplaceAll(text, "\t", "    "), " ") }

func at(address string) string {
	if address == "" {
		return ""
	}
	return ", on " + address
}

// Bytes is a size, for people.
func Bytes(n int64) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%d MB", n/1_000_000)
	case n >= 1_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d bytes", n)
}
