package cli

import (
	"fmt"
	"io/fs"
	"os"

	"hotreload/session"
)

// openEvents opens the file that the events are appended to; without a name it returns nil.
func openEvents(name string) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, usageError{"--events: " + err.Error()}
	}
	return file, nil
}

// appendEvents appends the events to a file as JSON lines; without a file it discards them.
func appendEvents(to *os.File, updates <-chan session.Update) {
	var buf []byte
	for u := range updates {
		if to == nil {
			continue
		}
		buf = u.Event.AppendJSON(buf[:0])
		if len(buf) == 0 {
			continue
		}
		if _, err := to.Write(buf); err != nil {
			fmt.Fprintf(os.Stderr, "hotreload: --events: %v; no more events are written to it\n", err)
			to = nil
		}
	}
}

// regular returns those of the files that are regular ones: no terminal, pipe or device.
func regular(files ...*os.File) []fs.FileInfo {
	var found []fs.FileInfo
	for _, f := range files {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			found = append(found, info)
		}
	}
	return found
}
