package runner

// Strategy is how a new version takes over from the one before.
type Strategy string

const (
	// Restart: the old one is stopped first.
	Restart Strategy = "restart"
	// Socket: what the old one listens on is passed to the new one.
	Socket Strategy = "socket"
	// Inject: so it is, and the app does not know of it: see package build/inject.
	Inject Strategy = "inject"
	// Proxy: the front door sends new requests to the new one. Where two cannot run side by
	// side it lets them wait until the new one serves.
	Proxy Strategy = "proxy"
)

// beside reports whether a version can be started while what runs goes on.
func (t *Target) beside(r *Request) bool {
	if !t.child.up {
		return false
	}
	if r.Strategy == Proxy {
		return t.Door != nil && !r.Front.Alone
	}
	return r.Strategy.Passes() && t.child.shares()
}

// Passes reports whether the new version is passed what the old one listens on.
func (s Strategy) Passes() bool { return s == Socket || s == Inject }

// holds reports whether requests wait at the front door while the versions change, and the
// one before is come back to if the new one does not serve.
func (t *Target) holds(r *Request) bool { return t.Door != nil && r.Strategy == Proxy }
