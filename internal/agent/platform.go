package agent

import (
	"path/filepath"
	"runtime"

	"hotreload/internal/bus"
)

// Platform is what executables have to be built for to run here.
func Platform() string {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	if runtime.GOOS == "linux" && !hasLibrary() {
		platform += bus.Static
	}
	return platform
}

// hasLibrary reports whether executables that need the GNU C library start here.
func hasLibrary() bool {
	for _, loader := range []string{"/lib64/ld-linux-*", "/lib/ld-linux-*", "/lib64/ld64.so.*"} {
		if found, err := filepath.Glob(loader); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}
