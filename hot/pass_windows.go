package hot

import (
	"errors"
	"net"
)

// ask fails: sockets cannot be passed here.
func ask(_, _, _ string) (net.Listener, error) { return nil, errors.ErrUnsupported }

// inheritedListeners returns none: Windows has no such convention.
func inheritedListeners() []net.Listener { return nil }
