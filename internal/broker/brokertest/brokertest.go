// Package brokertest has the broker for tests.
//
// In go tests; out comes the program. What always holds: all tests of a user share one, which is
// built from the sources as they are.
package brokertest

import (
	"os"
	"path/filepath"
	"testing"

	"hotreload/internal/broker"
)

// Program is where the program is.
func Program(t *testing.T) string {
	t.Helper()
	base, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	program, err := broker.Make(filepath.Join(base, "hotreload", "broker"), func(text string) { t.Log(text) })
	if err != nil {
		t.Fatal(err)
	}
	return program
}
