// Package words has what the plugin says.
package words

// Hello greets somebody.
func Hello(name string) string {
	if name == "" {
		name = "stranger"
	}
	return "Welcome, " + name + "!"
}
