// Command host greets each line that it reads, by its plugin.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"

	"hotreload/hot"
	"hotreload/hot/hotplug"
	"hotreload/hot/hotplug/testdata/api"
)

// told prints what it is told.
type told struct{}

func (told) Update(u hot.Update) error {
	fmt.Println("update:", u.Kind, u.Name, u.Carried)
	return nil
}

func main() {
	hot.OnUpdate(told{})
	greeter, err := hotplug.Open[api.Greeter]("greet")
	if err != nil {
		log.Fatal(err)
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		_ = greeter.Do(func(g api.Greeter) error {
			fmt.Println(g.Greet(lines.Text()))
			return nil
		})
	}
}
