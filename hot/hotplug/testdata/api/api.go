// Package api is what the host and its plugins have in common.
package api

// Greeter greets, and counts its greetings.
type Greeter interface{ Greet(name string) string }
