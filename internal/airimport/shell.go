package airimport

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// step is one command of a shell line.
type step struct {
	text   string // as written
	vars   []variable
	words  []word
	extra  string // a pipe or a redirection after the words; empty: none
	opaque bool   // it is not a simple command, such as a loop
	kills  bool   // it ends running programs
}

// word is an argument. If its value is known only at run time, its text is its only
// field.
type word struct {
	text   string
	fields []string
	known  bool
}

// variable is an assignment in front of a command.
type variable struct {
	name  string
	value word
}

// line parses a shell line into its steps. False: it is not valid.
func (c *converter) line(text string) ([]step, bool) {
	text = forwardSlashes(text)
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil, false
	}
	p := shellParser{text: text, env: c.env}
	for _, s := range file.Stmts {
		p.statement(s)
	}
	if len(p.steps) == 1 {
		if inner, ok := p.steps[0].wrapped(); ok {
			return c.line(inner)
		}
	}
	return p.steps, true
}

// windowsPath matches a path on Windows, whose backslashes are escapes to a shell.
var windowsPath = regexp.MustCompile(`[\w.:-]*(?:\\[\w.-]+)+\.exe\b`)

func forwardSlashes(text string) string {
	return windowsPath.ReplaceAllStringFunc(text, func(path string) string { return strings.ReplaceAll(path, `\`, "/") })
}

type shellParser struct {
	text  string
	env   expand.Environ
	steps []step
}

func (p *shellParser) source(n syntax.Node) string {
	return p.text[n.Pos().Offset():n.End().Offset()]
}

// statement adds the steps of a statement, one for each part of an &&.
func (p *shellParser) statement(s *syntax.Stmt) {
	from := len(p.steps)
	p.parts(s)
	if len(p.steps) == from+1 {
		p.steps[from].kills = kills(s)
	}
}

func (p *shellParser) parts(s *syntax.Stmt) {
	text := strings.TrimRight(p.source(s), "; \n")
	plain := !s.Negated && !s.Background && len(s.Redirs) == 0
	switch cmd := s.Cmd.(type) {
	case *syntax.BinaryCmd:
		if plain && cmd.Op == syntax.AndStmt {
			p.statement(cmd.X)
			p.statement(cmd.Y)
			return
		}
		if call, ok := leftmost(cmd.X).Cmd.(*syntax.CallExpr); ok && cmd.Op == syntax.Pipe {
			p.call(text, call)
			last := &p.steps[len(p.steps)-1]
			last.extra = strings.TrimPrefix(text, p.source(call))
			return
		}
	case *syntax.Block:
		if plain {
			for _, inner := range cmd.Stmts {
				p.statement(inner)
			}
			return
		}
	case *syntax.CallExpr:
		p.call(text, cmd)
		if !plain {
			p.steps[len(p.steps)-1].extra = strings.TrimPrefix(text, p.source(cmd))
		}
		return
	}
	p.steps = append(p.steps, step{text: text, extra: text, opaque: true})
}

// leftmost is the first command of a pipe.
func leftmost(s *syntax.Stmt) *syntax.Stmt {
	if pipe, ok := s.Cmd.(*syntax.BinaryCmd); ok && pipe.Op == syntax.Pipe {
		return leftmost(pipe.X)
	}
	return s
}

func (p *shellParser) call(text string, call *syntax.CallExpr) {
	s := step{text: text}
	for _, a := range call.Assigns {
		v := variable{name: a.Name.Value, value: word{known: true}}
		if a.Value != nil {
			v.value = p.value(a.Value)
		}
		s.vars = append(s.vars, v)
	}
	for _, w := range call.Args {
		s.words = append(s.words, p.words(w)...)
	}
	if len(s.words) > 0 && s.words[0].is("env") {
		s.leadingVariables()
	}
	p.steps = append(p.steps, s)
}

// leadingVariables turns the words of `env A=1 command` into variables. With flags, env
// does more than that, and stays.
func (s *step) leadingVariables() {
	rest := s.words[1:]
	var vars []variable
	for len(rest) > 0 {
		v, ok := assignment(rest[0])
		if !ok {
			break
		}
		vars = append(vars, v)
		rest = rest[1:]
	}
	if len(rest) == 0 || !strings.HasPrefix(rest[0].value(), "-") {
		s.vars, s.words = append(s.vars, vars...), rest
	}
}

// assignment reads a word such as A=1.
func assignment(w word) (v variable, ok bool) {
	name, value, ok := strings.Cut(w.value(), "=")
	_, text, _ := strings.Cut(w.text, "=")
	return variable{name, word{text, []string{value}, w.known}}, ok && name != ""
}

// words expands a word, which may come to several or to none. It is unknown if it needs
// the output of a command, or a variable that is not set.
func (p *shellParser) words(w *syntax.Word) []word {
	text := p.source(w)
	fields, err := expand.Fields(&expand.Config{Env: p.env, NoUnset: true}, w)
	if err != nil {
		return []word{{text: text, fields: []string{text}}}
	}
	if len(fields) == 1 {
		return []word{{text: text, fields: fields, known: true}}
	}
	var words []word
	for _, field := range fields {
		words = append(words, word{text: field, fields: []string{field}, known: true})
	}
	return words
}

// value expands what is assigned to a variable, which is never split.
func (p *shellParser) value(w *syntax.Word) word {
	text := p.source(w)
	value, err := expand.Literal(&expand.Config{Env: p.env, NoUnset: true}, w)
	if err != nil {
		return word{text: text, fields: []string{text}}
	}
	return word{text: text, fields: []string{value}, known: true}
}

// value is the word as one text.
func (w word) value() string { return strings.Join(w.fields, " ") }

func (w word) is(any ...string) bool {
	for _, text := range any {
		if len(w.fields) == 1 && w.fields[0] == text {
			return true
		}
	}
	return false
}

// args are the fields of all words, and whether all words are known.
func args(words []word) (fields []string, known bool) {
	known = true
	for _, w := range words {
		fields = append(fields, w.fields...)
		known = known && w.known
	}
	return fields, known
}

// simple returns the arguments of a step that is nothing but a command.
func (s step) simple() ([]string, bool) {
	fields, known := args(s.words)
	return fields, known && !s.opaque && s.extra == "" && len(s.vars) == 0 && len(fields) > 0 && fields[0] != ""
}

// wrapped is the line that a step passes to another shell.
func (s step) wrapped() (string, bool) {
	fields, ok := s.simple()
	if !ok {
		return "", false
	}
	return wrapped(fields)
}

// wrapped is the line that a command passes to another shell.
func wrapped(fields []string) (string, bool) {
	if len(fields) < 3 {
		return "", false
	}
	name := strings.TrimSuffix(strings.ToLower(fields[0][strings.LastIndex(fields[0], "/")+1:]), ".exe")
	switch flag := strings.ToLower(fields[1]); {
	case name == "cmd" && flag == "/c":
		return strings.Join(fields[2:], " "), true
	case (name == "sh" || name == "bash" || name == "zsh") && (flag == "-c" || flag == "-lc" || flag == "-ec") && len(fields) == 3:
		return fields[2], true
	}
	return "", false
}

// command joins steps into one command, with a shell if necessary.
func command(steps []step) []string {
	if len(steps) == 1 {
		if fields, ok := steps[0].simple(); ok {
			return fields
		}
	}
	return []string{"sh", "-c", joined(steps)}
}

// joined is the line for some steps.
func joined(steps []step) string {
	var texts []string
	for _, s := range steps {
		texts = append(texts, s.text)
	}
	return strings.Join(texts, " && ")
}
