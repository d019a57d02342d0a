// Package api is what the app and its plugins agree on. What is declared here is
// the same for all versions of a plugin, so a change of it is a new process.
package api

import "net/http"

// Greeter greets visitors.
type Greeter interface{ http.Handler }
