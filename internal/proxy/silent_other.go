//go:build !unix

package proxy

import "net"

// silent tells whether the other side has said nothing. Here that cannot be known
// without waiting for it; a connection rests so briefly that it is taken for so.
func silent(net.Conn) bool { return true }
