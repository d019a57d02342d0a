package editor

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// system has some programs and variables.
func system(programs string, variables map[string]string) System {
	return System{
		Getenv: func(name string) string { return variables[name] },
		LookPath: func(name string) (string, error) {
			for _, p := range strings.Fields(programs) {
				if p == name {
					return "/bin/" + name, nil
				}
			}
			return "", errors.New("not found")
		},
	}
}

var here = Place{File: "/home/ann/web/a b.go", Line: 12, Column: 7}

// How each editor is told where to go.
func TestEditors(t *testing.T) {
	for words, want := range map[string]Command{
		"vim":                 {[]string{"/bin/vim", "+call cursor(12,7)", here.File}, true},
		"vi":                  {[]string{"/bin/vi", "+call cursor(12,7)", here.File}, true},
		"nvim -R":             {[]string{"/bin/nvim", "-R", "+call cursor(12,7)", here.File}, true},
		"gvim":                {[]string{"/bin/gvim", "+call cursor(12,7)", here.File}, false},
		"neovide":             {[]string{"/bin/neovide", "--", "+call cursor(12,7)", here.File}, false},
		"nano":                {[]string{"/bin/nano", "+12,7", here.File}, true},
		"micro":               {[]string{"/bin/micro", "+12:7", here.File}, true},
		"kak":                 {[]string{"/bin/kak", "+12:7", here.File}, true},
		"emacs -nw":           {[]string{"/bin/emacs", "-nw", "+12:7", here.File}, true},
		"emacs":               {[]string{"/bin/emacs", "+12:7", here.File}, false},
		"emacsclient -t":      {[]string{"/bin/emacsclient", "-t", "+12:7", here.File}, true},
		"hx":                  {[]string{"/bin/hx", here.File + ":12:7"}, true},
		"helix":               {[]string{"/bin/helix", here.File + ":12:7"}, true},
		"code":                {[]string{"/bin/code", "--goto", here.File + ":12:7"}, false},
		"code --wait":         {[]string{"/bin/code", "--wait", "--goto", here.File + ":12:7"}, false},
		"subl":                {[]string{"/bin/subl", here.File + ":12:7"}, false},
		"zed":                 {[]string{"/bin/zed", here.File + ":12:7"}, false},
		"goland":              {[]string{"/bin/goland", "--line", "12", "--column", "6", here.File}, false},
		"idea":                {[]string{"/bin/idea", "--line", "12", "--column", "6", here.File}, false},
		"kate":                {[]string{"/bin/kate", "--line", "12", "--column", "7", here.File}, false},
		"notepad++":           {[]string{"/bin/notepad++", "-n12", "-c7", here.File}, false},
		"unheard-of":          {[]string{"/bin/unheard-of", here.File}, true},
		"vim {file} -l{line}": {[]string{"/bin/vim", here.File, "-l12"}, true},
		`code "--profile=my own" -g {file}:{line}:{column}`: {[]string{"/bin/code", "--profile=my own", "-g", here.File + ":12:7"}, false},
	} {
		t.Run(words, func(t *testing.T) {
			programs := "vim vi nvim gvim neovide nano micro kak emacs emacsclient hx helix code subl zed goland idea kate notepad++ unheard-of"
			got, err := Find(words, here, system(programs, map[string]string{"DISPLAY": ":0"}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The order in which editors are chosen, and the error if there is none.
func TestChoice(t *testing.T) {
	for name, test := range map[string]struct {
		configured, programs string
		variables            map[string]string
		want                 string // the program, or the error
	}{
		"the config":         {"nano", "nano vim", map[string]string{"VISUAL": "vim"}, "/bin/nano"},
		"VISUAL":             {"", "nano vim", map[string]string{"VISUAL": "vim", "EDITOR": "nano"}, "/bin/vim"},
		"EDITOR":             {"", "nano vim", map[string]string{"VISUAL": " ", "EDITOR": "nano"}, "/bin/nano"},
		"what is there":      {"", "ed nano", nil, "/bin/nano"},
		"nothing is there":   {"", "ed", nil, "no editor found; set EDITOR, or ui.editor in the config"},
		"not installed":      {"", "nano", map[string]string{"EDITOR": "vim"}, `$EDITOR is "vim": vim is not on PATH`},
		"a quote left open":  {`vim "a`, "vim", nil, "ui.editor is \"vim \\\"a\": the quote \" is not closed"},
		"only an empty word": {`""`, "vim", nil, "ui.editor is \"\\\"\\\"\":  is not on PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Find(test.configured, here, system(test.programs, test.variables))
			if err != nil {
				got.Args = []string{err.Error()}
			}
			if got.Args[0] != test.want {
				t.Errorf("%q, want %q", got.Args[0], test.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for words, want := range map[string]string{
		"":                            "",
		"vim -p":                      "",
		"code {file}:{line}:{column}": "",
		"ed {x} {file}":               "",
		"code {fiel}":                 "{fiel} is not a placeholder; did you mean {file}?",
		"code {file}:{col}":           "{col} is not a placeholder; did you mean {column}?",
		"vim 'a":                      "the quote ' is not closed; write it on both sides",
	} {
		if got := Check(words); got != want {
			t.Errorf("Check(%q) = %q, want %q", words, got, want)
		}
	}
}

// A problem without a column is opened at the line's start.
func TestPlaceInPart(t *testing.T) {
	got, err := Find("vim", Place{File: "/a.go"}, system("vim", nil))
	if err != nil || got.Args[1] != "+call cursor(1,1)" {
		t.Errorf("%v, %v", got, err)
	}
}
