//go:build unix

package runner

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"hotreload/hot"
)

// replacingApps replace themselves when they get SIGHUP. They answer with their PID.
var replacingApps = map[string]func(){
	"hands over": func() {
		l := listenOrInherit()
		serveUntilHangup(l, func() { passOn(l.(*net.TCPListener)) })
	},
	"starts again": func() {
		serveUntilHangup(listenPatiently(), func() { mustStart(itself(os.Args[1:]...)) })
	},
	"executes itself": func() {
		serveUntilHangup(listenPatiently(), func() {
			self, _ := os.Executable()
			log.Fatal(syscall.Exec(self, os.Args, os.Environ()))
		})
	},
	"becomes a daemon": func() {
		if os.Getenv("INHERITS") != "" {
			serveUntilHangup(listenPatiently(), func() {})
			return
		}
		daemon := itself("other", "arguments")
		daemon.Env = append(os.Environ(), "INHERITS=yes", "AT="+os.Args[1])
		daemon.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		mustStart(daemon)
	},
	"leaves a helper": func() {
		if len(os.Args) == 2 && os.Args[1] == "help" {
			mustOpen("127.0.0.1:0") // not the app's port
			fmt.Println("the helper is up")
			block()
		}
		serveUntilHangup(listenPatiently(), func() { mustStart(itself("help")) })
	},
}

func itself(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c
}

func mustStart(c *exec.Cmd) {
	if err := c.Start(); err != nil {
		log.Fatal(err)
	}
}

// passOn starts the app again with the listener. It does not use os/exec, which would have
// accept block in all processes that share the listener.
func passOn(l *net.TCPListener) {
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	raw, err := l.SyscallConn()
	if err != nil {
		log.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		_, err = syscall.ForkExec(self, os.Args, &syscall.ProcAttr{Env: append(os.Environ(), "INHERITS=yes"), Files: []uintptr{0, 1, 2, fd}})
		if err != nil {
			log.Fatal(err)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
}

func listenOrInherit() net.Listener {
	if os.Getenv("INHERITS") == "" {
		return listenPatiently()
	}
	l, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	return l
}

// listenPatiently listens at PORT, at AT or at the first argument, by hot if BY says so. The
// process before it may have the address for a moment.
func listenPatiently() net.Listener {
	if os.Getenv("BY") == "hot" {
		return mustListen()
	}
	address := os.Getenv("AT")
	if address == "" {
		address = os.Args[1]
	}
	if port := os.Getenv("PORT"); port != "" {
		address = "127.0.0.1:" + port
	}
	for {
		if l, err := net.Listen("tcp", address); err == nil {
			return l
		}
		time.Sleep(time.Millisecond)
	}
}

// serveUntilHangup serves until SIGHUP, then replaces the process and exits with status 0. It
// ends in good order at SIGTERM.
func serveUntilHangup(l net.Listener, replace func()) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP, syscall.SIGTERM)
	ctx, stop := context.WithCancel(context.Background())
	handler := http.NewServeMux()
	handler.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strconv.Itoa(os.Getpid())) })
	handler.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { os.Exit(7) })
	served := make(chan error, 1)
	server := &http.Server{Handler: handler}
	go func() {
		if os.Getenv("BY") == "hot" {
			served <- hot.Serve(ctx, server, l)
		} else {
			served <- server.Serve(l)
		}
	}()
	fmt.Println("up", os.Getpid())
	select {
	case sig := <-told:
		if sig == syscall.SIGHUP {
			replace()
		}
		stop()
		_ = server.Shutdown(context.Background())
		<-served
	case <-served: // hot says that it is over
		stop()
	}
	fmt.Println("ended", os.Getpid())
}
