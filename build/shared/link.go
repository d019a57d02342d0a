package shared

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hotreload/build/gocmd"
)

// start is what an executable runs before the runtime, and the call that links it.
type start struct {
	order  []string
	object string
	ld     []string // with the names of files to replace
}

// Files in a call of ld that stand for those of a version.
const (
	someOutput = "hotreload-output"
	someObject = "hotreload-go.o"
)

// Link links the app's own packages, some of them just compiled, against the library.
// tmp is a directory for what the linkers read.
func (a *App) Link(ctx context.Context, run *gocmd.Runner, objects map[string]string, out, tmp string) error {
	if _, err := os.Stat(filepath.Join(a.library.dir, a.library.name)); err != nil {
		return err
	}
	own, err := a.readOwn(objects)
	if err != nil {
		return err
	}
	files, names, err := own.cede(a.library.symbols, tmp)
	if err != nil {
		return err
	}
	if err := a.putFirst(ctx, run, own, files, tmp); err != nil {
		return err
	}
	if err := a.library.stub.write(names); err != nil {
		return err
	}
	if err := a.linkGo(ctx, run, files, out, tmp); err != nil {
		return err
	}
	object := filepath.Join(tmp, "go.o")
	if err := hide(object, a.library.symbols, names); err != nil {
		return err
	}
	if err := a.arrange(ctx, run, own); err != nil {
		return err
	}
	command := slices.Clone(a.start.ld)
	for i := range command {
		command[i] = strings.NewReplacer(someOutput, out, someObject, object).Replace(command[i])
	}
	text, err := run.Run(ctx, command, a.parts.Env)
	if err != nil {
		return failure("link against the library", text, err)
	}
	return nil
}

// ownPackages are the app's own packages, by import path.
type ownPackages struct {
	files   map[string]string
	objects map[string]*object
}

func (a *App) readOwn(objects map[string]string) (ownPackages, error) {
	own := ownPackages{map[string]string{}, map[string]*object{}}
	for _, pkg := range a.parts.Own {
		own.files[pkg] = a.parts.Objects[pkg]
		if file := objects[pkg]; file != "" {
			own.files[pkg] = file
		}
		o, err := readObject(own.files[pkg])
		if err != nil {
			return own, err
		}
		own.objects[pkg] = o
	}
	return own, nil
}

// cede leaves the descriptions of some types, and some variables, to the library. It
// returns the files to link, and the names of all symbols in them.
func (own ownPackages) cede(library *symbols, tmp string) (files map[string]string, names map[string]bool, err error) {
	files, names = map[string]string{}, map[string]bool{}
	foreign, err := own.foreign(library)
	if err != nil {
		return nil, nil, err
	}
	for pkg, o := range own.objects {
		files[pkg] = own.files[pkg]
		ceded := false
		for _, s := range o.symbols {
			for _, name := range variants(s.name) {
				names[name] = true
			}
			instance := s.defined && foreign[strings.TrimPrefix(s.name, "type:")]
			if variable, err := o.borrows(s, library); err != nil {
				return nil, nil, err
			} else if !variable && !instance {
				continue
			}
			if err := o.cede(s, mangled(s.name)); err != nil {
				return nil, nil, err
			}
			ceded = true
		}
		if ceded {
			files[pkg] = filepath.Join(tmp, "own"+strconv.Itoa(len(files))+".a")
			if err := os.WriteFile(files[pkg], o.text, 0o600); err != nil {
				return nil, nil, err
			}
		}
	}
	return files, names, nil
}

// borrows reports whether a definition is of a variable that by its name is the
// library's: //go:linkname makes the compiler define one, without a value.
func (o *object) borrows(s symbol, library *symbols) (bool, error) {
	if !o.linknamed(s) || !slices.ContainsFunc(variants(s.name), library.has) {
		return false, nil
	}
	empty, err := o.empty(s)
	switch filled, size := library.filled(s.name); {
	case err != nil:
		return false, err
	case empty && o.size(s) > size || !empty && filled:
		return false, fmt.Errorf("both the app and the library define %s", s.name)
	}
	return empty, nil
}

// foreign are the types whose methods only the library has: instances of generic types,
// which the compiler describes in each package that uses them. A description refers to
// methods by their distance, so it must be in the library with them.
func (own ownPackages) foreign(library *symbols) (map[string]bool, error) {
	defined := map[string]bool{}
	for _, o := range own.objects {
		for _, s := range o.symbols {
			if s.defined {
				defined[s.name] = true
			}
		}
	}
	found := map[string]bool{}
	for _, o := range own.objects {
		for _, s := range o.symbols {
			if !s.defined || !s.plural || !isType(s.name) || !library.has(mangled(s.name)) {
				continue
			}
			offsets, err := o.offsets(s)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(offsets, func(name string) bool { return !isType(name) && !defined[name] }) {
				of := strings.TrimPrefix(strings.TrimPrefix(s.name, "type:"), "*")
				found[of], found["*"+of] = true, true // they refer to each other by distance
			}
		}
	}
	return found, nil
}

// linkGo has go's linker make the object file for ld.
func (a *App) linkGo(ctx context.Context, run *gocmd.Runner, own map[string]string, out, tmp string) error {
	var cfg strings.Builder
	for pkg := range a.parts.Objects {
		if file := own[pkg]; file != "" {
			fmt.Fprintf(&cfg, "packagefile %s=%s\n", pkg, file)
		} else {
			fmt.Fprintf(&cfg, "packageshlib %s=%s\n", pkg, a.library.stub.path)
		}
	}
	importcfg := filepath.Join(tmp, "importcfg.link")
	if err := os.WriteFile(importcfg, []byte(cfg.String()), 0o600); err != nil {
		return err
	}
	flags, _ := linkerFlags(a.parts.Linker)
	args := slices.Concat(a.parts.Linker[:1], []string{"-o", out, "-importcfg", importcfg, "-linkshared", "-s", "-w", "-tmpdir=" + tmp}, flags,
		[]string{"-extld=true", own[a.parts.Main]})
	if text, err := run.Run(ctx, args, a.parts.Env); err != nil {
		return failure("link", text, err)
	}
	return nil
}

// hide makes what go's linker adds to each module, such as the tables of its sections,
// private to the executable: the library has its own. names are those of the symbols that
// the own packages have.
func hide(file string, library *symbols, names map[string]bool) error {
	f, err := elf.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := f.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return err
	}
	var private []int
	for i, s := range all {
		switch {
		case elf.ST_BIND(s.Info) != elf.STB_GLOBAL || s.Section == elf.SHN_UNDEF || !library.has(s.Name):
		case names[s.Name]: // all of the process uses the executable's
		case isType(s.Name), strings.HasPrefix(s.Name, "go:itab."):
			return fmt.Errorf("the app has %s of the library, which its packages do not name", s.Name)
		default:
			private = append(private, i+1) // the first is left out
		}
	}
	if len(private) == 0 {
		return nil
	}
	out, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	const visibilityAt = 5
	for _, i := range private {
		at := int64(f.SectionByType(elf.SHT_SYMTAB).Offset) + int64(i*symSize) + visibilityAt
		if _, err := out.WriteAt([]byte{byte(elf.STV_HIDDEN)}, at); err != nil {
			return err
		}
	}
	return out.Close()
}

// arrange makes what puts the packages of this version in order, unless the order is
// that of the version before.
func (a *App) arrange(ctx context.Context, run *gocmd.Runner, own ownPackages) error {
	tasks := map[string]bool{}
	for task := range a.library.symbols.tasks {
		tasks[task] = true
	}
	for pkg, o := range own.objects {
		name := spelled(pkg)
		if pkg == a.parts.Main {
			name = "main"
		}
		if slices.ContainsFunc(o.symbols, func(s symbol) bool { return s.defined && s.name == name+taskSuffix }) {
			tasks[name] = true
		}
	}
	order := initOrder(tasks, spelledImports(a.parts.Imports, a.parts.Main))
	if slices.Equal(order, a.start.order) {
		return nil
	}
	info, err := strconv.Unquote(strings.TrimSpace(strings.TrimPrefix(a.modinfo, "modinfo ")))
	if err != nil {
		return fmt.Errorf("read the build info: %w", err)
	}
	dir := filepath.Dir(a.library.stub.path)
	source, object := filepath.Join(dir, "start.c"), filepath.Join(dir, "start.o")
	if err := os.WriteFile(source, []byte(startSource(order, a.library.symbols.slot, a.version, info)), 0o600); err != nil {
		return err
	}
	flags, _ := linkerFlags(a.parts.Linker)
	cc := compiler(flags)
	if text, err := run.Run(ctx, []string{cc, "-m64", "-O1", "-fPIC", "-fno-stack-protector", "-c", "-o", object, source}, a.parts.Env); err != nil {
		return failure("compile the start", text, err)
	}
	a.start = start{order: order, object: object}
	a.start.ld, err = a.askLd(ctx, run, cc, dir)
	return err
}

// askLd finds out how the C compiler calls ld.
func (a *App) askLd(ctx context.Context, run *gocmd.Runner, cc, dir string) ([]string, error) {
	placeholder := filepath.Join(dir, someObject)
	if err := os.WriteFile(placeholder, nil, 0o600); err != nil {
		return nil, err
	}
	printed, err := run.Execute(ctx, gocmd.Call{Dir: run.Root, Env: append(slices.Clone(a.parts.Env), "LC_ALL=C"), Command: []string{
		cc, "-###", "-m64", "-s", "-Wl,-z,now", "-Wl,-z,nocopyreloc", "-o", someOutput, "-rdynamic", a.start.object, placeholder, // whose build info is empty
		"-L" + dir, "-Wl,-rpath=" + a.library.dir, "-l:" + a.library.name,
	}})
	if err != nil {
		return nil, failure("ask the C compiler how to link", printed.Err, err)
	}
	var command []string
	for line := range strings.Lines(printed.Err) {
		if all, err := words(strings.TrimSpace(line)); err == nil && slices.Contains(all, placeholder) && len(all) > 1 && !strings.Contains(all[0], "=") {
			command = all
		}
	}
	switch {
	case command == nil:
		return nil, fmt.Errorf("%s does not say how it calls ld", cc)
	case slices.ContainsFunc(command, func(arg string) bool { return strings.Contains(arg, "ld-musl") }):
		return nil, errors.New("the C library is musl")
	}
	ld, err := run.Execute(ctx, gocmd.Call{Dir: run.Root, Env: a.parts.Env, Command: []string{cc, "-print-prog-name=ld"}})
	if err != nil {
		return nil, failure("ask the C compiler for ld", ld.Err, err)
	}
	command[0] = strings.TrimSpace(ld.Out)
	for i := range command {
		command[i] = strings.ReplaceAll(command[i], placeholder, someObject)
	}
	return withoutPlugin(command), nil
}

// words splits a command as the C compiler prints it.
func words(line string) ([]string, error) {
	var all []string
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		var word string
		if line[0] == '"' {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, err
			}
			line = line[len(quoted):]
			if word, err = strconv.Unquote(quoted); err != nil {
				return nil, err
			}
		} else {
			word, line, _ = strings.Cut(line, " ")
		}
		all = append(all, word)
	}
	return all, nil
}

// withoutPlugin is a call of ld without what optimises C code as it is linked.
func withoutPlugin(command []string) []string {
	var kept []string
	for i := 0; i < len(command); i++ {
		switch {
		case command[i] == "-plugin":
			i++
		case strings.HasPrefix(command[i], "-plugin"):
		default:
			kept = append(kept, command[i])
		}
	}
	return kept
}
