package session

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Most generators end in a moment, and what they print is of interest only if they fail. What
// one prints that runs for longer is shown as it comes: it may never end.

const (
	// atOnce is how long a generator may take before what it prints is shown.
	atOnce = time.Second
	// endless is how long it may take before we say that saves wait for it.
	endless = 5 * time.Second
	// mostHeld is how many bytes of its output are held until then.
	mostHeld = 64 << 10
)

// follow returns where a generator's output goes, and what to call when it has ended.
func (l *loop) follow(id, index int) (hear func(text string), end func()) {
	chunks, ended := make(chan string), make(chan struct{})
	l.work.Go(func() {
		defer close(ended)
		shown, patience := time.NewTimer(atOnce), time.NewTimer(endless)
		defer shown.Stop()
		defer patience.Stop()
		text, live := "", false
		for {
			select {
			case chunk, more := <-chunks:
				if !more {
					if live && text != "" {
						l.input(said{id, index, text})
					}
					return
				}
				text += chunk
				live = live || len(text) > mostHeld
			case <-shown.C:
				live = true
			case <-patience.C:
				l.input(late{id, index, endless})
			}
			at := strings.LastIndexByte(text, '\n') + 1
			if at == 0 && len(text) > mostHeld {
				at = len(text) // it prints no newlines
			}
			if live && at > 0 {
				l.input(said{id, index, text[:at]})
				text = text[at:]
			}
		}
	})
	return func(text string) { chunks <- text }, func() { close(chunks); <-ended }
}

// generatorSaid reports lines of a generator that runs.
func (t *step) generatorSaid(in said) {
	if t.builds.job == nil || t.builds.job.id != in.id {
		return // it was overtaken
	}
	command := t.config.Build.Generate[in.index].Command
	for line := range strings.Lines(in.text) {
		t.emit(t.builds.job.gen, GenerateOutput{command, strings.TrimRight(line, "\r\n")})
	}
}

// generatorIsLate says that saves wait for a generator, and what to do if it never ends.
func (t *step) generatorIsLate(in late) {
	if t.builds.job == nil || t.builds.job.id != in.id {
		return
	}
	command := t.config.Build.Generate[in.index].Command
	text := fmt.Sprintf("%s still runs after %s, and saves wait for its end. ", strings.Join(command, " "), in.after)
	place := "build.generate.command"
	if origin := t.config.Origins[fmt.Sprintf("build.generate[%d].command", in.index)]; origin != "" {
		place += " (" + origin + ")"
	}
	if flag := watches(command); flag != "" {
		text += fmt.Sprintf("It does not end, because it watches files itself: remove %s in %s. hotreload runs it when a file changes that match names", flag, place)
	} else {
		text += fmt.Sprintf("If it never ends, correct %s: a generator writes its files and exits, and hotreload runs it again when a file changes that match names", place)
	}
	t.emit(t.builds.job.gen, Note{text})
}

// watches is the word of a command that has it watch files; empty: there is none.
func watches(command []string) string {
	words := strings.FieldsFunc(strings.Join(command, " "), func(r rune) bool { return strings.ContainsRune(" \t\"'&|;", r) })
	i := slices.IndexFunc(words, func(word string) bool {
		name, value, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		return (name == "watch" || strings.HasSuffix(name, ":watch") || strings.HasPrefix(name, "watch:")) && value != "false"
	})
	if i < 0 {
		return ""
	}
	return words[i]
}
