package tty

// State is nothing on Windows, where apps have no terminals of their own.
type State struct{}
