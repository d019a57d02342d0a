// Command injected is an app that knows nothing of hotreload, for the tests of what is
// built into it. Its arguments are what it does, a name that it answers with, and addresses.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

var name = os.Args[2]

func main() {
	at := os.Args[3:]
	switch os.Args[1] {
	case "everything":
		everything(at)
	case "shutdown":
		shutdown(at[0])
	case "streams":
		streams(at[0])
	case "reopens":
		reopens(at[0])
	case "parent":
		parent(at[0], at[1])
	case "packets":
		packets(at[0], at[1])
	case "lends":
		lends(at[0])
	case "borrows":
		borrows()
	case "prefork":
		prefork(at[0])
	case "preforked":
		serveReusing(at[0])
	case "child":
		child(at[0], at[1])
	}
}

func answer(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, name) }

func mustListen(address string) net.Listener {
	l, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	return l
}

// everything serves in each way that there is.
func everything(at []string) {
	handler := http.HandlerFunc(answer)
	first := mustListen(at[0]) // before the lender opens a port that is its own
	go func() { log.Fatal(http.Serve(first, handler)) }()

	lender := httptest.NewUnstartedServer(nil)
	lender.EnableHTTP2 = true
	lender.StartTLS()
	listening := make(chan struct{})
	secure := &http.Server{
		Addr: at[1], Handler: handler, TLSConfig: lender.TLS.Clone(),
		BaseContext: func(net.Listener) context.Context { close(listening); return context.Background() },
	}
	lender.Close()
	go func() { log.Fatal(secure.ListenAndServeTLS("", "")) }()

	controlled := net.ListenConfig{Control: func(network, _ string, c syscall.RawConn) (err error) {
		if network != "tcp4" {
			return errors.New("controlled as " + network)
		}
		failed := c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1) })
		return errors.Join(failed, err)
	}}
	l, err := controlled.Listen(context.Background(), "tcp4", at[2])
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(http.Serve(l, handler)) }()

	address, err := net.ResolveTCPAddr("tcp", at[3])
	if err != nil {
		log.Fatal(err)
	}
	tcp, err := net.ListenTCP("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			conn, err := tcp.AcceptTCP()
			if err != nil {
				log.Fatal(err)
			}
			io.WriteString(conn, name)
			conn.Close()
		}
	}()

	own := mustListen("localhost:0")
	if _, err := net.Listen("tcp", at[0]); !errors.Is(err, syscall.EADDRINUSE) {
		log.Fatal("listening twice: ", err)
	}
	os.Remove(at[4])
	local, err := net.Listen("unix", at[4])
	if err != nil {
		log.Fatal(err)
	}
	<-listening
	fmt.Println("any port:", own.Addr()) // the test asks from here on
	log.Fatal(http.Serve(local, handler))
}

// shutdown ends as the documentation of net/http has it.
func shutdown(address string) {
	s := &http.Server{Addr: address, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			w.(http.Flusher).Flush()
			time.Sleep(300 * time.Millisecond)
		}
		answer(w, r)
	})}
	s.RegisterOnShutdown(func() { fmt.Println("told") })
	closed := make(chan struct{})
	go func() {
		term := make(chan os.Signal, 1)
		signal.Notify(term, syscall.SIGTERM)
		<-term
		if err := s.Shutdown(context.Background()); err != nil {
			log.Fatal(err)
		}
		close(closed)
	}()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	<-closed
	fmt.Println("ended in good order")
}

// streams has requests that do not end.
func streams(address string) {
	http.HandleFunc("/", answer)
	http.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		fmt.Println("events: cut")
	})
	http.HandleFunc("/ticks", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for r.Context().Err() == nil {
			io.WriteString(w, "data: tick\n\n")
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	http.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("upload")
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, " bytes, ", err)
	})
	http.HandleFunc("/socket", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			log.Fatal(err)
		}
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		io.Copy(conn, conn)
	})
	log.Fatal(http.ListenAndServe(address, nil))
}

// reopens reopens its listener for each connection, and is no HTTP server.
func reopens(address string) {
	for {
		l := mustListen(address)
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		io.WriteString(conn, name)
		conn.Close()
		if err := l.Close(); err != nil {
			log.Fatal(err)
		}
	}
}

// packets wants an address that cannot be passed on, too.
func packets(address, ofPackets string) {
	l := mustListen(address)
	if _, err := net.ListenPacket("udp", ofPackets); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(l, http.HandlerFunc(answer)))
}

// parent has a child that inherits its environment.
func parent(address, ofChild string) {
	l := mustListen(address)
	cmd := exec.Command(os.Args[0], "child", "child of "+name, address, ofChild)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(l, http.HandlerFunc(answer)))
}

func child(taken, own string) {
	l := mustListen(own)
	_, err := net.Listen("tcp", taken)
	fmt.Println("the parent's address:", err)
	log.Fatal(http.Serve(l, http.HandlerFunc(answer)))
}

// lends has a child accept at its listener.
func lends(address string) {
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	file, err := mustListen(address).(*net.TCPListener).File()
	if err != nil {
		log.Fatal(err)
	}
	child := exec.Command(self, "borrows", name)
	child.Stdout, child.Stderr, child.ExtraFiles = os.Stdout, os.Stderr, []*os.File{file}
	log.Fatal(child.Run())
}

func borrows() {
	l, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(l, http.HandlerFunc(answer)))
}

// preforked is how many processes serve at the address of an app that forks first.
const preforked = 3

// prefork has several processes serve at one address, and one of them does so twice.
func prefork(address string) {
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	for n := 1; n < preforked; n++ {
		child := exec.Command(self, "preforked", name, address)
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			log.Fatal(err)
		}
	}
	go serveReusing(address)
	serveReusing(address)
}

// serveReusing serves at an address that others use, too.
func serveReusing(address string) {
	reusing := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		failed := c.Control(func(fd uintptr) {
			option := 0x200
			if runtime.GOOS == "linux" {
				option = 15
			}
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, option, 1)
		})
		return errors.Join(failed, err)
	}}
	l, err := reusing.Listen(context.Background(), "tcp4", address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening")
	log.Fatal(http.Serve(l, http.HandlerFunc(answer)))
}
