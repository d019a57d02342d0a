package cli

import "testing"

// The defaults of an agent's flags are not those of a session.
func TestDefaultMode(t *testing.T) {
	root := Command()
	if got := root.Flags().Lookup("ui").Value.String(); got != "auto" {
		t.Errorf("a session's --ui is %s, want auto", got)
	}
	agent, _, err := root.Find([]string{"agent"})
	if err != nil {
		t.Fatal(err)
	}
	if got := agent.Flags().Lookup("ui").Value.String(); got != "plain" {
		t.Errorf("an agent's --ui is %s, want plain", got)
	}
}
