package doctor

import (
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// listens matches the names of flags and variables that say where an app listens, but
// not of those that name services the app talks to, such as DB_PORT.
var listens = regexp.MustCompile(`(?i)^(?:(?:http|https|listen|bind|server|web|app)[-_.]?)?(?:p|port|addr|address|listen|bind|http|https)$`)

// NamedPorts returns the ports that arguments and variables tell an app to listen on.
func NamedPorts(args, env []string) []Port {
	var ports []Port
	add := func(number int, from string) {
		if number > 0 && !slices.ContainsFunc(ports, func(p Port) bool { return p.Number == number }) {
			ports = append(ports, Port{Number: number, From: from})
		}
	}
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		switch {
		case strings.HasPrefix(arg, ":"):
			add(portOf(arg), "the argument "+arg)
		case !strings.HasPrefix(arg, "-") || !listens.MatchString(strings.TrimLeft(name, "-")):
		case joined:
			add(portOf(value), "the argument "+arg)
		case i+1 < len(args):
			add(portOf(args[i+1]), "the argument "+arg)
		}
	}
	for _, pair := range env {
		if name, value, _ := strings.Cut(pair, "="); listens.MatchString(name) {
			add(portOf(value), "the variable "+name)
		}
	}
	return ports
}

// portOf reads "8080", ":8080" or "localhost:8080"; 0 if it is not a port of this machine.
func portOf(text string) int {
	if host, after, err := net.SplitHostPort(text); err == nil {
		if ip := net.ParseIP(host); host != "" && host != "localhost" && ip == nil {
			return 0
		}
		text = after
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int(number)
}
