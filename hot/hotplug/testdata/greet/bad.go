//go:build bad

package main

import (
	"flag"

	"hotreload/hot/hotplug/testdata/api"
)

var _ = flag.Int("twice", 1, "")
var _ = flag.Int("twice", 1, "")

func New() api.Greeter { return nil }
