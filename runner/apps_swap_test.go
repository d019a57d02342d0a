//go:build unix

package runner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"

	"hotreload/hot"
)

// swapApps are apps that can be swapped. Their arguments are an address and a name to answer
// with.
var swapApps = map[string]func(){
	"serve":         func() { serveHot(nil) },
	"keep":          keepCount,
	"keep late":     func() { fmt.Println("soon"); awaitLine(); keepCount() },
	"keep and tell": func() { go func() { <-hot.Draining(); fmt.Println("told to drain") }(); keepCount() },
	"keep text":     func() { serveHot(func() { hot.Keep("count", &text) }) },
	"never":         func() { mustListen(); fmt.Println("up"); block() },
	"crashes":       func() { mustListen(); fmt.Println("I crash"); os.Exit(7) },
	"crashes at Go": func() { hot.Keep("count", &crashing{}); serveHot(nil) },
	"says so":       sayReady,
	"own shutdown":  ownShutdown,
	"activated":     activated,
	"debug port":    openPortFirst,
	"tune":          func() { serveHot(func() { tune(1) }) },
	"tune more":     func() { serveHot(func() { tune(7) }) },
	"by itself":     func() { log.Fatal(http.ListenAndServe(os.Args[1], handler())) },
}

// count is the state that is kept.
type count struct {
	sync.Mutex
	N int
}

var (
	counted count
	text    string
)

// crashing crashes the process when it takes over state.
type crashing struct{ N int }

func (*crashing) UnmarshalJSON([]byte) error { fmt.Println("I crash"); os.Exit(7); return nil }

// limits are tunable.
type limits struct{ Rate int }

// tune makes tunables, which /tuned answers with.
func tune(rate int) {
	greeting, now := hot.Tune("greeting", "hello"), hot.Tune("limits", limits{rate})
	http.HandleFunc("/tuned", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, greeting.Load(), " ", now.Load().Rate)
	})
}

func mustListen() net.Listener {
	l, err := hot.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	return l
}

// awaitLine waits for a line of input.
func awaitLine() { _, _ = bufio.NewReader(os.Stdin).ReadString('\n') }

// handler answers with the app's name, counts, and does what the path says.
func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, os.Args[2]) })
	mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "slowly" {
			fmt.Println("slow")
			awaitLine()
		}
		counted.Lock()
		defer counted.Unlock()
		counted.N++
		_, _ = io.WriteString(w, strconv.Itoa(counted.N))
	})
	mux.Handle("/tuned", http.DefaultServeMux)
	mux.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { os.Exit(2) })
	mux.HandleFunc("/hang", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hanging")
		w.(http.Flusher).Flush()
		block()
	})
	mux.HandleFunc("/events", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		block()
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("slow")
		awaitLine()
		_, _ = io.WriteString(w, os.Args[2])
	})
	mux.HandleFunc("/sick", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	return mux
}

func keepCount() { serveHot(func() { hot.Keep("count", &counted) }) }

func serveHot(prepare func()) {
	if prepare != nil {
		prepare()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	l := mustListen()
	fmt.Println("up")
	if err := hot.Serve(ctx, &http.Server{Handler: handler()}, l); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ended in good order")
}

// sayReady says that it is ready, and never accepts.
func sayReady() {
	mustListen()
	if err := hot.Ready(); err != nil {
		log.Fatal(err)
	}
	<-hot.Draining()
	fmt.Println("told to drain")
}

// openPortFirst opens a port of its own, and asks for the other one when told to.
func openPortFirst() {
	if _, err := net.Listen("tcp", "127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
	awaitLine()
	serveHot(nil)
}

// ownShutdown has a listener from hot but shuts down by itself.
func ownShutdown() { shutDownAtSignal(mustListen()) }

// activated knows nothing of hot, and takes listeners by systemd's protocol.
func activated() {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || os.Getenv("LISTEN_FDS") != "1" {
		log.Fatalf("LISTEN_PID=%s LISTEN_FDS=%s in process %d", os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getpid())
	}
	fmt.Println("named", os.Getenv("LISTEN_FDNAMES"))
	l, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 3 { // it takes its time
		fmt.Println("up")
		awaitLine()
	}
	shutDownAtSignal(l)
}

func shutDownAtSignal(l net.Listener) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s := &http.Server{Handler: handler()}
	go func() {
		<-ctx.Done()
		_ = s.Shutdown(context.Background())
		fmt.Println("ended in good order")
		os.Exit(0)
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	block()
}
