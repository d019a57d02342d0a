package shared

import (
	"container/heap"
	"fmt"
	"slices"
	"strings"
)

// taskSuffix ends the name of the symbol by which a package is initialized.
const taskSuffix = "..inittask"

// initOrder is the order in which go build's executable initializes its packages
// (cmd/link, inittask.go): each after those that it imports, and of those that are
// ready the one whose symbol comes first. tasks are the packages with something to
// initialize, imports what packages import, both by the names that symbols have.
//
// Left to itself, the runtime would initialize all of the library first.
func initOrder(tasks map[string]bool, imports map[string][]string) []string {
	waits, importers := map[string]int{}, map[string][]string{}
	var ready names
	for pkg := range reachable("main", imports) {
		if !tasks[pkg] {
			continue
		}
		for _, imported := range imports[pkg] {
			if tasks[imported] {
				waits[pkg]++
				importers[imported] = append(importers[imported], pkg)
			}
		}
		if waits[pkg] == 0 {
			ready = append(ready, pkg+taskSuffix)
		}
	}
	heap.Init(&ready)
	var order []string
	for len(ready) > 0 {
		next := heap.Pop(&ready).(string)
		order = append(order, next)
		for _, pkg := range importers[strings.TrimSuffix(next, taskSuffix)] {
			if waits[pkg]--; waits[pkg] == 0 {
				heap.Push(&ready, pkg+taskSuffix)
			}
		}
	}
	return order
}

// reachable are a package and all that it imports.
func reachable(pkg string, imports map[string][]string) map[string]bool {
	found := map[string]bool{pkg: true}
	for queue := []string{pkg}; len(queue) > 0; queue = queue[1:] {
		for _, imported := range imports[queue[0]] {
			if !found[imported] {
				found[imported] = true
				queue = append(queue, imported)
			}
		}
	}
	return found
}

// names is a heap.
type names []string

func (n names) Len() int           { return len(n) }
func (n names) Less(i, j int) bool { return n[i] < n[j] }
func (n names) Swap(i, j int)      { n[i], n[j] = n[j], n[i] }
func (n *names) Push(x any)        { *n = append(*n, x.(string)) }
func (n *names) Pop() any {
	last := (*n)[len(*n)-1]
	*n = (*n)[:len(*n)-1]
	return last
}

// spelled is an import path as symbols have it (objabi.PathToPrefix).
func spelled(path string) string {
	var text strings.Builder
	slash := strings.LastIndexByte(path, '/')
	for i := range len(path) {
		switch c := path[i]; {
		case c <= ' ', i > slash && c == '.', c == '%', c == '"', c >= 0x7f:
			fmt.Fprintf(&text, "%%%02x", c)
		default:
			text.WriteByte(c)
		}
	}
	return text.String()
}

// spelledImports are the imports of an app's packages, as symbols have them. main is
// the import path of its main package.
func spelledImports(imports map[string][]string, main string) map[string][]string {
	spell := func(path string) string {
		if path == main {
			return "main"
		}
		return spelled(path)
	}
	all := map[string][]string{}
	for pkg, imported := range imports {
		for _, path := range imported {
			all[spell(pkg)] = append(all[spell(pkg)], spell(path))
		}
	}
	return all
}

// startSource is C code that an executable runs before Go's runtime starts. It gives
// the runtime, in the library, the order of go build; and it holds what tools and
// package debug/buildinfo read from an executable. slot is the place within
// runtime.firstmoduledata of the slice of what is to be initialized. A package
// may have nothing to initialize in this version.
func startSource(order []string, slot uint64, version, modinfo string) string {
	var text strings.Builder
	text.WriteString("struct task { unsigned state, functions; };\n")
	for i, name := range order {
		fmt.Fprintf(&text, "extern struct task t%d __asm__(%s) __attribute__((weak));\n", i, quoted(quoted(name)))
	}
	text.WriteString("static struct task *order[] = {")
	for i := range order {
		fmt.Fprintf(&text, "&t%d,", i)
	}
	fmt.Fprintf(&text, `0};
extern char module[] __asm__("runtime.firstmoduledata");
__attribute__((constructor)) static void arrange(void) {
	unsigned long i, n = 0;
	for (i = 0; i < sizeof order / sizeof *order; i++)
		if (order[i] && order[i]->functions)
			order[n++] = order[i];
	void **slice = (void **)(module + %d);
	slice[0] = order;
	slice[1] = slice[2] = (void *)n;
}
`, slot)
	info := slices.Concat([]byte("\xff Go buildinf:\x08\x02"), make([]byte, 16), counted(version), counted(modinfo))
	text.WriteString("__attribute__((section(\".go.buildinfo\"), used, aligned(16))) static unsigned char info[] = {")
	for _, b := range info {
		fmt.Fprintf(&text, "%d,", b)
	}
	text.WriteString("};\n")
	return text.String()
}

// counted is a text after its length, as encoding/binary has it.
func counted(s string) []byte {
	var length []byte
	for n := len(s); ; n >>= 7 {
		if n < 0x80 {
			return append(append(length, byte(n)), s...)
		}
		length = append(length, byte(n)|0x80)
	}
}

// quoted is a string of C, or a name for its assembler.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
