package cli

import "os"

// appStdin is what the app's processes read, each where the one before left off. Windows
// lets all of them read the console.
func appStdin(in *os.File) (stdin *os.File, closeIt func(), err error) {
	return in, func() {}, nil
}
