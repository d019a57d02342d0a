// Package greeting is what the app and its plugin agree on. A change of it is a new
// process: the types of the app cannot change while it runs.
package greeting

// Greeter makes a line to print.
type Greeter interface {
	Greet(name string) string
}
