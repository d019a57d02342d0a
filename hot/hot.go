// Package hot lets an app hand over to its next version without losing a request, and
// carry its state across.
//
//	listener, err := hot.Listen("tcp", ":8080") // instead of net.Listen
//	…
//	err = hot.Serve(ctx, server, listener)      // instead of server.Serve and server.Shutdown
//
// In go an app's listeners, servers and named values; out comes an app that, under
// hotreload, takes over from its previous version while that one finishes its requests.
//
// What always holds: without hotreload, Listen is net.Listen or returns the listener that
// systemd passed, Serve is a server that shuts down gracefully with its context, and
// everything else does nothing. The package needs only the standard library.
//
//hotreload:package hot
package hot

import (
	"sync"

	"hotreload/hot/internal/process"
)

// theApp is this process. It is made when it is first needed.
var theApp = sync.OnceValue(func() *app { return newApp(process.This()) })

// Active reports whether hotreload runs this app.
func Active() bool { return theApp().active() }

// Ready tells hotreload that this process can serve. An app that accepts connections from
// a listener of Listen does not need it. When Ready returns, the values of Keep have been
// taken over from the previous process, which no longer serves if there were any.
func Ready() error { return theApp().ready() }

// Draining is closed when this process is to end: hotreload has a newer version, or the
// context of a Serve has ended. A handler that would run forever, of a WebSocket or of
// server-sent events, should end its stream then. So should a server of another kind than
// net/http's that has a listener of Listen end what it serves.
func Draining() <-chan struct{} {
	a := theApp()
	a.process.Attend()
	a.draining.watch()
	return a.draining.begun
}
