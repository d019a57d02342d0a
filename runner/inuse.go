package runner

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
	psprocess "github.com/shirou/gopsutil/v4/process"
)

var (
	// inUse matches how Go and others report EADDRINUSE.
	inUse = regexp.MustCompile(`(?i)address (?:is )?already in use|port \d+ (?:is|was) already in use|EADDRINUSE|Only one usage of each socket address`)
	// port matches a number that may be a port.
	port = regexp.MustCompile(`(?i)(?::|\bport[\s=]+)(\d{1,5})\b`)
	// clock matches a time of day, whose numbers are not ports.
	clock = regexp.MustCompile(`\d{1,2}:\d{2}:\d{2}`)
)

// lookupPatience bounds the search for a port's holder.
const lookupPatience = 2 * time.Second

// portHint explains the exit of an app that found its port in use: what holds it, and
// since when. Empty: that was not the cause.
func portHint(lastWords string) string {
	for text := range strings.Lines(lastWords) {
		if !inUse.MatchString(text) {
			continue
		}
		if number := portNear(text); number > 0 {
			who := PortHolder(number)
			if who == "" {
				who = "it has been released in the meantime; save or restart to try again"
			}
			return fmt.Sprintf("port %d is in use: %s", number, who)
		}
		return "a port that it needs is in use"
	}
	return ""
}

// portNear finds the port in a line: the number nearest to the words that say it is in
// use. It may come before them, as in Go's "12:00:01 listen tcp :8080: bind: address
// already in use", or after them, as in node's "EADDRINUSE: :::3000". 0: there is none.
func portNear(text string) int {
	text = clock.ReplaceAllLiteralString(text, "")
	words := inUse.FindAllStringIndex(text, -1)
	if words == nil {
		return 0
	}
	from, to := words[0][0], words[len(words)-1][1]
	found, nearest := 0, len(text)
	for _, at := range port.FindAllStringSubmatchIndex(text, -1) {
		number, err := strconv.Atoi(text[at[2]:at[3]])
		if err != nil || number == 0 || number >= 1<<16 {
			continue
		}
		if distance := max(from-at[3], at[0]-to, 0); distance < nearest {
			found, nearest = number, distance
		}
	}
	return found
}

// PortHolder describes the process that listens on a port; empty: none does.
func PortHolder(port int) string {
	ctx, cancel := context.WithTimeout(context.Background(), lookupPatience)
	defer cancel()
	sockets, err := psnet.ConnectionsWithContext(ctx, "tcp")
	if err != nil {
		return "hotreload could not find out what holds it: " + err.Error()
	}
	seen := false
	for _, s := range sockets {
		if s.Status != "LISTEN" || int(s.Laddr.Port) != port {
			continue
		}
		seen = true
		if s.Pid != 0 {
			return describe(ctx, s.Pid)
		}
	}
	if seen {
		return "a process of another user holds it; `sudo ss -ltnp` names it"
	}
	return ""
}

func describe(ctx context.Context, pid int32) string {
	if int(pid) == os.Getpid() {
		return "hotreload itself holds it"
	}
	text := fmt.Sprintf("process %d holds it", pid)
	p, err := psprocess.NewProcessWithContext(ctx, pid)
	if err != nil {
		return text
	}
	if command, err := p.CmdlineWithContext(ctx); err == nil && command != "" {
		text += " (" + command + ")"
	}
	if ms, err := p.CreateTimeWithContext(ctx); err == nil {
		since := time.UnixMilli(ms)
		layout := time.TimeOnly
		if time.Since(since) > 24*time.Hour {
			layout = time.DateTime
		}
		text += ", since " + since.Format(layout)
	}
	return text + "; end it with `kill " + strconv.Itoa(int(pid)) + "`"
}
