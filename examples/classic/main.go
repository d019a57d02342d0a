// Command classic has what is usually shown of hot reloading in Go, in one program to
// follow while it runs. It prints a line a second. Start it, and leave it running:
//
//	hotreload -C examples/classic
//
// A plugin that prints: change what plugins/greet/greet.go says. Its new version is
// loaded into this process, which keeps its PID, and the count goes on.
//
// A struct that changes by reflection: in another terminal, in examples/classic,
//
//	hotreload set person.Name Bob
//	hotreload set person.Every 200ms
//
// sets fields of the person below, and whoever reads them finds the old ones or the new,
// never half of each. They stay as they are set also in the processes that follow.
//
// An updater that is told: each of this prints a line that begins with "update".
//
// Change this file: then it is a new process, with the plugin's newest version.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/classic/greeting"
	"example.com/classic/internal/hot"
	"example.com/classic/internal/hot/hotplug"
)

// Person is the one that the plugin greets.
type Person struct {
	Name  string
	Every time.Duration
}

// Validate has the last word on what a user sets.
func (p Person) Validate() error {
	if p.Every < 10*time.Millisecond {
		return fmt.Errorf("Every is %v, and less than 10ms is more than one can read", p.Every)
	}
	return nil
}

// updater is told of every change in this process.
type updater struct{}

func (updater) Update(u hot.Update) error {
	switch u.Kind {
	case hot.PluginLoaded:
		fmt.Printf("update: plugin %s; carried %v, converted %v, dropped %v\n", u.Name, u.Carried, u.Converted, u.Dropped)
	case hot.TunableSet:
		fmt.Printf("update: %s is set: %+v\n", u.Name, u.Value)
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	hot.OnUpdate(updater{})
	person := hot.Tune("person", Person{Name: "Ann", Every: time.Second})
	greeter, err := hotplug.Open[greeting.Greeter]("greet")
	if err != nil {
		return err
	}
	if err := hot.Ready(); err != nil { // it opens no port by which hotreload would know
		return err
	}
	fmt.Println("process", os.Getpid())
	for {
		now := person.Load()
		err := greeter.Do(func(g greeting.Greeter) error {
			_, err := fmt.Println(g.Greet(now.Name))
			return err
		})
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(now.Every):
		}
	}
}
