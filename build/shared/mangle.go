package shared

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// mangled is the name that go's linker gives a symbol in a shared library
// (typeSymbolMangle in cmd/link).
func mangled(name string) string {
	isType := strings.HasPrefix(name, "type:")
	switch {
	case !isType && !strings.Contains(name, "@"), strings.HasPrefix(name, "type:runtime."), strings.HasPrefix(name, "go:string."),
		len(name) <= 14 && !strings.Contains(name, "@"):
		return name
	case isType && strings.HasPrefix(name[5:], "."):
		return "type:." + shortHash(name[5:])
	case isType:
		return "type:" + shortHash(name[5:])
	}
	from, to := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if to <= from {
		to = len(name)
	}
	return name[:from+1] + shortHash(name[from+1:to]) + name[to:]
}

// shortHash is how cmd/internal/hash and the linker shorten a name.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	sum[0] ^= 0xff
	return base64.StdEncoding.EncodeToString(sum[:6])
}
