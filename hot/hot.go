// Package hot lets an app hand over to its next version without losing a
// request, and carry state across.
//
//	listener, err := hot.Listen("tcp", ":8080") // instead of net.Listen
//	…
//	err = hot.Serve(ctx, server, listener)      // instead of server.Serve and server.Shutdown
//
// In go an app's listeners, servers and named values; out comes an app that
// takes over from its former version while that serves to the end, when
// hotreload runs it. What always holds: without hotreload Listen is net.Listen,
// or the listener that systemd passed, and Serve is a server that ends in good
// order with its context; nothing else happens. It needs the standard library
// alone.
//
//hotreload:package hot
package hot

import (
	"sync"

	"hotreload/hot/internal/process"
)

// theApp is this process: there is one, and it is made when it is needed.
var theApp = sync.OnceValue(func() *app { return newApp(process.This()) })

// Active reports whether hotreload runs this app.
func Active() bool { return theApp().sock != "" }

// Ready tells hotreload that this process can serve. It is only needed by an app
// that is ready before it accepts a connection from a listener of Listen or in
// Serve, which tells as much. When it returns, what Keep names has been taken over
// from the former process, which serves no more if there was something to take.
func Ready() error { return theApp().ready() }

// Draining is closed when this process is to end: when hotreload has a newer one, or
// the context of a Serve has ended. A handler that would go on for ever, of a
// WebSocket or of server-sent events, should say farewell to its client then. A server of
// another kind than net/http's, with a listener of Listen, should end then what it serves.
func Draining() <-chan struct{} {
	a := theApp()
	a.watch()
	return a.draining
}
