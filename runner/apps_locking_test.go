//go:build unix

package runner

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"hotreload/hot"
)

// lockingApps can run only one at a time: they lock the file that is their third argument.
// They listen on PORT or, if they have none, take their listener from hot.
var lockingApps = map[string]func(){
	"tries the lock": func() {
		if err := lock(syscall.LOCK_EX | syscall.LOCK_NB); err != nil {
			log.Fatal("lock DB directory: ", err)
		}
		serveAnywhere()
	},
	"tries the lock in silence": func() {
		if lock(syscall.LOCK_EX|syscall.LOCK_NB) != nil {
			os.Exit(1)
		}
		serveAnywhere()
	},
	"waits for the lock": func() { _ = lock(syscall.LOCK_EX); serveAnywhere() },
	"polls the lock": func() {
		for lock(syscall.LOCK_EX|syscall.LOCK_NB) != nil {
			time.Sleep(time.Millisecond)
		}
		serveAnywhere()
	},
	"waits for a range": func() {
		locked = openLock()
		whole := syscall.Flock_t{Type: syscall.F_WRLCK}
		_ = syscall.FcntlFlock(locked.Fd(), syscall.F_SETLKW, &whole)
		serveAnywhere()
	},
	"makes a PID file": func() {
		if _, err := os.OpenFile(os.Args[3]+".pid", os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			log.Fatal(err)
		}
		serveAnywhere()
	},
	"serves anywhere": serveAnywhere,
	"also at a path": func() {
		_ = os.Remove(os.Args[3])
		local, err := net.Listen("unix", os.Args[3])
		if err != nil {
			log.Fatal(err)
		}
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGTERM)
		go func() { _ = http.Serve(local, handler()) }()
		go func() { _ = http.Serve(listenAnywhere(), handler()) }()
		<-told
		_ = local.Close() // removes the path
	},
	"listens, then fails": func() {
		l := listenAnywhere()
		go func() { _ = http.Serve(l, handler()) }()
		if len(os.Args) > 3 {
			_, _ = http.Get("http://" + l.Addr().String()) // it does answer
		}
		time.Sleep(14 * time.Millisecond)
		fmt.Println("no good")
		os.Exit(7)
	},
}

func openLock() *os.File {
	file, err := os.OpenFile(os.Args[3], os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	return file
}

func lock(how int) error {
	if locked == nil {
		locked = openLock()
	}
	return syscall.Flock(int(locked.Fd()), how)
}

func listenAnywhere() net.Listener {
	if os.Getenv("BY") == "" {
		return mustOpen("127.0.0.1:" + os.Getenv("PORT"))
	}
	l, err := hot.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	return l
}

func serveAnywhere() {
	fmt.Println("up")
	l := listenAnywhere()
	go shutDownAtSignal(l)
	block()
}
