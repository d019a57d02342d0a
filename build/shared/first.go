package shared

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"hotreload/build/gocmd"
)

// This file puts a function of no use before all others in an executable. The runtime
// knows a function by the offset of its name, and takes the offset 0 for no name. In
// go build's executable the function whose name is there is one of the runtime's; in ours
// it would be one of the app's, without a name in traces.

// firstFunction is the function, by a name that go's linker keeps and nobody calls: what the
// runtime calls is of another ABI.
const firstFunction = "TEXT runtime·unreachableMethod(SB), 4, $0-0\n\tRET\n"

// assembleFirst compiles the function for a package, and returns the file.
func (a *App) assembleFirst(ctx context.Context, run *gocmd.Runner, pkg string) (string, error) {
	dir := filepath.Dir(a.library.stub.path)
	source, object := filepath.Join(dir, "first.s"), filepath.Join(dir, "first.o")
	if pkg == a.first {
		return object, nil
	}
	if err := os.WriteFile(source, []byte(firstFunction), 0o600); err != nil {
		return "", err
	}
	asm := filepath.Join(filepath.Dir(a.parts.Linker[0]), "asm")
	text, err := run.Run(ctx, []string{asm, "-p", pkg, "-dynlink", "-D=GOBUILDMODE_shared=1", "-o", object, source}, a.parts.Env)
	if err != nil {
		return "", failure("assemble", text, err)
	}
	a.first = pkg
	return object, nil
}

// putFirst puts the function into the package that the linker places before all others:
// it goes down the imports of the main package, always the first. files are the packages'.
func (a *App) putFirst(ctx context.Context, run *gocmd.Runner, own ownPackages, files map[string]string, tmp string) error {
	pkg, name := a.parts.Main, "main"
	for {
		imports, err := own.objects[pkg].imports()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(imports, func(imported string) bool { return own.objects[imported] != nil })
		if i < 0 {
			break
		}
		pkg, name = imports[i], imports[i]
	}
	object, err := a.assembleFirst(ctx, run, name)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(object)
	if err != nil {
		return err
	}
	files[pkg] = filepath.Join(tmp, "first.a")
	return os.WriteFile(files[pkg], own.objects[pkg].with(text), 0o600)
}

// imports are the packages that the linker loads for an object, in its order.
func (o *object) imports() ([]string, error) {
	const entrySize = 16 // name length 4, name offset 4, fingerprint 8
	from, to := o.block(blockImports), o.block(blockImports+1)
	if from > to || to > len(o.text) || (to-from)%entrySize != 0 {
		return nil, errUnknownObject
	}
	var all []string
	for entry := range slices.Chunk(o.text[from:to], entrySize) {
		length, offset := int(binary.LittleEndian.Uint32(entry)), o.start+int(binary.LittleEndian.Uint32(entry[4:]))
		if length > len(o.text) || offset > len(o.text)-length {
			return nil, errUnknownObject
		}
		all = append(all, string(o.text[offset:offset+length]))
	}
	return all, nil
}

// with is the archive with another object before the package's own.
func (o *object) with(object []byte) []byte {
	header := fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n", "first.o", 0, 0, 0, 0o644, len(object))
	padding := make([]byte, len(object)%2)
	return slices.Concat(o.text[:o.entry], []byte(header), object, padding, o.text[o.entry:])
}
