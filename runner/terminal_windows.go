package runner

import "hotreload/internal/tty"

// canTerminal: what ConPTY gives is a redrawn screen, not what the app printed.
const canTerminal = false

func openTerminal(int, Size, *tty.State) (*streams, error) { panic("runner: no terminals on Windows") }

func (s *streams) resize(Size) {}

func (s *streams) modes() (raw, hidden bool) { return false, false }
