package runner

// Strategy is how a new version takes over from the one before.
type Strategy string

const (
	// Restart: the old one is stopped first.
	Restart Strategy = "restart"
	// Socket: what the old one listens on is passed to the new one.
	Socket Strategy = "socket"
	// Proxy: the front door sends new requests to the new one. Where two cannot run side by
	// side it lets them wait until the new one serves.
	Proxy Strategy = "proxy"
)

// beside reports whether a version can be started while what runs goes on.
func (t *Target) beside(r *Request) bool {
	if !t.child.up {
		return false
	}
	switch r.Strategy {
	case Socket:
		return t.child.shares()
	case Proxy:
		return t.Door != nil && !r.Front.Alone
	}
	return false
}

// holds reports whether requests wait at the front door while the versions change, and the
// one before is come back to if the new one does not serve.
func (t *Target) holds(r *Request) bool { return t.Door != nil && r.Strategy == Proxy }
