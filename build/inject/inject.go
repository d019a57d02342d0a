// Package inject makes net and net/http of a Go toolchain hand over: an app that is
// built with them takes its listeners from hotreload, reports when it accepts
// connections, and stops serving without losing a request, though its source knows
// nothing about it.
//
// In go a toolchain and the options of a build; out come flags and environment for
// the go command, which lay our files over the toolchain's (go build -overlay). What
// always holds: the toolchain itself is never changed; the same toolchain gives the
// same files, so the go command compiles them once; a file of Go's differs only in
// the names of a few functions, so line numbers stay; if one of those functions is
// not what we know, there is an error and no file.
//
// The injected sources lie in _net and _http, which the go command ignores, because
// they compile only in their place: for each function that was renamed they have one
// with Go's original name, which calls it.
//
//	GOROOT -> Files -> Prepare -> Injection -> go build -overlay
//
// # What the hooks do
//
//   - A listener stays a *net.TCPListener, because apps ask for that type. Whatever else
//     belongs to it is kept in a map.
//   - While the process drains, Accept blocks instead of failing, because many programs
//     exit when it fails. The process reports that it has drained, and then gets its stop
//     signal.
//   - net/http reports the state of each connection where it notes it itself, and each
//     request where it passes it to a handler. Functions of RegisterOnShutdown, HTTP/2's
//     GOAWAY among them, are called when draining begins, and not again in Shutdown.
//   - net/http notes where it reads from and writes to a connection, so that an upload or a
//     download that makes progress over HTTP/1 gets more time. Streams of events do not, nor do
//     hijacked connections. What handlers get is not wrapped: apps ask for its types.
//   - A child process must not get a listener of its parent just because it opens the same
//     address. So a request for a listener carries the PID, and the child finds the address
//     in use, as it would without us. An app that sets SO_REUSEPORT on its listeners means
//     to have several at one address: all of them get the one that we keep.
//   - A process that takes the file of its listener, for instance to pass it to the children
//     that serve, is ready then: it may never accept by itself.
//   - If the compiler refuses the injected files (a field has another name, say), the app
//     is built without them.
package inject

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
)

//go:embed _net/hotreload.go _net/hotreload_line.go _http/hotreload.go
var injected embed.FS

// added are the files that we add, by their place below GOROOT/src.
var added = map[string]string{
	"net/hotreload.go":      "_net/hotreload.go",
	"net/hotreload_line.go": "_net/hotreload_line.go",
	"net/http/hotreload.go": "_http/hotreload.go",
}

// Packages are the import paths of the packages that are changed.
var Packages = []string{"net", "net/http"}

// hook is a function of Go that gets another name, so that ours takes its place.
type hook struct {
	receiver  string // empty: none
	name      string
	signature string // as go/types writes it, without names
	renamed   string
}

// hooks are the renamed functions of each file below GOROOT/src.
var hooks = map[string][]hook{
	"net/dial.go": {
		{"*ListenConfig", "Listen", "func(context.Context, string, string) (Listener, error)", "hotreloadListen"},
	},
	"net/tcpsock.go": {
		{"", "ListenTCP", "func(string, *TCPAddr) (*TCPListener, error)", "hotreloadListenTCP"},
		{"*TCPListener", "File", "func() (*os.File, error)", "hotreloadFile"},
	},
	"net/tcpsock_posix.go": {
		{"*TCPListener", "accept", "func() (*TCPConn, error)", "hotreloadAccept"},
		{"*TCPListener", "close", "func() error", "hotreloadClose"},
	},
	"net/file.go": {
		{"", "FileListener", "func(*os.File) (Listener, error)", "hotreloadFileListener"},
	},
	"net/http/server.go": {
		{"*Server", "Serve", "func(net.Listener) error", "hotreloadServe"},
		{"serverHandler", "ServeHTTP", "func(ResponseWriter, *Request)", "hotreloadServeHTTP"},
		{"*conn", "setState", "func(net.Conn, ConnState, bool)", "hotreloadSetState"},
		{"*connReader", "Read", "func([]byte) (int, error)", "hotreloadRead"},
		{"checkConnErrorWriter", "Write", "func([]byte) (int, error)", "hotreloadWrite"},
		{"*response", "WriteHeader", "func(int)", "hotreloadWriteHeader"},
	},
}

// Files makes the files for a toolchain, by the absolute paths whose place they take.
func Files(goroot string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, hooks := range hooks {
		path := filepath.Join(goroot, "src", filepath.FromSlash(name))
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if files[path], err = rename(name, source, hooks); err != nil {
			return nil, err
		}
	}
	for name, from := range added {
		source, err := injected.ReadFile(from)
		if err != nil {
			return nil, err
		}
		files[filepath.Join(goroot, "src", filepath.FromSlash(name))] = source
	}
	return files, nil
}

// rename renames functions of a file.
func rename(name string, source []byte, hooks []hook) ([]byte, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	text := string(source)
	for i := len(syntax.Decls) - 1; i >= 0; i-- { // from the end, so offsets stay valid
		f, ok := syntax.Decls[i].(*ast.FuncDecl)
		if !ok {
			continue
		}
		for j, h := range hooks {
			if f.Name.Name != h.name || receiver(f) != h.receiver || f.Body == nil {
				continue
			}
			if got := signature(f.Type); got != h.signature {
				return nil, fmt.Errorf("in %s, %s is %s instead of %s", name, h.title(), got, h.signature)
			}
			at := fset.Position(f.Name.Pos()).Offset
			text = text[:at] + h.renamed + text[at+len(h.name):]
			hooks = append(hooks[:j:j], hooks[j+1:]...)
			break
		}
	}
	if len(hooks) > 0 {
		return nil, fmt.Errorf("%s has no function %s", name, hooks[0].title())
	}
	return []byte(text), nil
}

// title is the usual way to write the function.
func (h hook) title() string {
	if h.receiver == "" {
		return h.name
	}
	return "(" + h.receiver + ")." + h.name
}

// receiver is the type of a method's receiver; empty: it is not a method.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) != 1 {
		return ""
	}
	return types.ExprString(f.Recv.List[0].Type)
}

// signature is a function's type without the names of parameters.
func signature(f *ast.FuncType) string {
	text := "func(" + list(f.Params) + ")"
	switch results := list(f.Results); {
	case results == "":
		return text
	case strings.Contains(results, ","):
		return text + " (" + results + ")"
	default:
		return text + " " + results
	}
}

func list(fields *ast.FieldList) string {
	if fields == nil {
		return ""
	}
	var all []string
	for _, field := range fields.List {
		for range max(1, len(field.Names)) {
			all = append(all, types.ExprString(field.Type))
		}
	}
	return strings.Join(all, ", ")
}
