package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"hotreload/build/inject"
)

// The go command compiles a package again when the files in its directory have changed,
// and does not look at what their C code includes from elsewhere. So the package is given
// one Go file more, which exists in the overlay alone and says nothing but a hash of what
// is included.

// includedFile is the name of that file.
const includedFile = "zz_hotreload_included.go"

// withIncluded makes the go command see what C code includes. What cannot be done is left
// out: then the build is what go build makes of it.
func (b *Builder) withIncluded(in *inject.Injection, r Request) *inject.Injection {
	if len(r.Included) == 0 || len(r.Config.Plugin) > 0 { // plugins and app must have the same packages
		return in
	}
	dir := filepath.Join(b.cache, "included")
	replace := map[string]string{}
	for _, pkg := range slices.Sorted(maps.Keys(r.Included)) {
		included := r.Included[pkg]
		sum := sha256.New()
		for _, file := range included.Files {
			fmt.Fprintln(sum, Fingerprint(file))
		}
		hash := hex.EncodeToString(sum.Sum(nil)[:16])
		file := filepath.Join(dir, included.Package+"-"+hash+".go")
		text := "package " + included.Package + "\n\n// " + hash + "\n"
		if os.MkdirAll(dir, 0o700) != nil || os.WriteFile(file, []byte(text), 0o600) != nil {
			return in
		}
		replace[filepath.Join(pkg, includedFile)] = file
	}
	if all, err := b.injector.Add(in, dir, r.Config.options(), replace); err == nil {
		return all
	}
	return in
}
