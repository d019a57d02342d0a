// Package words has what the plugin says.
package words

// Hello returns a greeting.
func Hello(name string) string {
	if name == "" {
		name = "stranger"
	}
	return "Welcome, " + name + "!"
}
