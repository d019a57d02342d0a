//go:build unix

package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// told runs an app that tells what it was given.
func told(t *testing.T, r Request) string {
	t.Helper()
	s := newStage(t).listen()
	s.run(r)
	next[Ready](s)
	next[Exited](s)
	return s.all(r.Gen)
}

// Our own environment replaces the files', and the config's replaces ours.
func TestEnvironment(t *testing.T) {
	r := request(t, 1, "tell")
	elsewhere := filepath.Join(t.TempDir(), "else.env")
	for path, text := range map[string]string{
		filepath.Join(r.Root, ".env"):    "# a comment\nTELL_FILE=first\nTELL_OVER=first\nTELL_OURS=file\nTELL_CONFIG=file\nexport TELL_QUOTED=\"a b\\nc\"\nTELL_EMPTY=\n",
		filepath.Join(r.Root, "dev.env"): "TELL_OVER=second\n",
		elsewhere:                        "TELL_ELSE=where\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TELL_OURS", "ours")
	t.Setenv("TELL_CONFIG", "ours")
	r.Config.EnvFiles = []string{".env", "dev.env", "missing.env", elsewhere}
	r.Config.Env["TELL_CONFIG"] = "config = it\nsays"
	got := told(t, r)
	_, got, _ = strings.Cut(got, "TELL_")
	want := "TELL_CONFIG=config = it\nsays\nTELL_ELSE=where\nTELL_EMPTY=\nTELL_FILE=first\nTELL_OURS=ours\nTELL_OVER=second\nTELL_QUOTED=a b\nc\n"
	if got = "TELL_" + got; got != want {
		t.Errorf("the app's environment is\n%s\nwant\n%s", got, want)
	}
}

// Env files are read again at each start.
func TestEnvFileIsReadAgain(t *testing.T) {
	s := newStage(t).listen()
	root := t.TempDir()
	for i, value := range []string{"one", "two"} {
		gen := i + 1
		if err := os.WriteFile(filepath.Join(root, ".env"), []byte("TELL_IT="+value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r := request(t, gen, "tell")
		r.Root, r.Config.EnvFiles = root, []string{".env"}
		s.run(r)
		next[Ready](s)
		next[Exited](s)
		if got := s.all(gen); !strings.Contains(got, "TELL_IT="+value+"\n") {
			t.Errorf("version %d was told %q, want %s", gen, got, value)
		}
	}
}

func TestDirectoryAndArguments(t *testing.T) {
	root, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{"": root, "sub": filepath.Join(root, "sub"), elsewhere: elsewhere} {
		r := request(t, 1, "tell", "a b", "", "--flag=\"quoted\"", "$HOME")
		r.Root, r.Config.Dir = root, dir
		want := fmt.Sprintf("dir=%s\nPWD=%s\nargs=%q\n", want, want, r.Config.Args)
		if got := told(t, r); got != want {
			t.Errorf("in dir %q the app sees\n%s\nwant\n%s", dir, got, want)
		}
	}
}

// The error says what is wrong with an env file, but not what is in it.
func TestEnvFileThatIsMalformed(t *testing.T) {
	r := request(t, 1, "tell")
	if err := os.WriteFile(filepath.Join(r.Root, ".env"), []byte("A=1\nnot a pair\nPASSWORD=hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Config.EnvFiles = []string{".env"}
	_, _, err := Environment(r.Config, r.Root)
	if err == nil || !strings.HasPrefix(err.Error(), "read the env file .env:2: ") || !strings.HasSuffix(err.Error(), "; each line is KEY=value") {
		t.Errorf("the error is %v, want one that names the file and the form of a line", err)
	}
	if err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows the file's secrets: %v", err)
	}
}

// An env file may be a pipe. It is read to its end, but not waited for forever.
func TestEnvFileThatIsAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := readEnvFile(path, 2*pipePause); err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("without a writer it is %v, %v", got, err)
	}
	silent, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readEnvFile(path, 2*pipePause); err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("with a writer that says nothing it is %v, %v", got, err)
	}
	silent.Close()
	written := make(chan error)
	go func() { written <- os.WriteFile(path, []byte("A=1\nB=2\n"), 0) }()
	got, err := readEnvFile(path, time.Hour)
	if err != nil || len(got) != 2 || got["B"] != "2" {
		t.Errorf("with a writer it is %v, %v", got, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	if _, err := readEnvFile("/dev/zero", time.Hour); err == nil {
		t.Error("a file without an end was read")
	}
	if got, err := readEnvFile(os.DevNull, time.Hour); err != nil || len(got) > 0 {
		t.Errorf("an empty device is %v, %v", got, err)
	}
}

// Without runner.env_files the app finds what it finds without us, whatever .env is.
func TestEnvFileIsLeftToTheApp(t *testing.T) {
	for name, test := range map[string]struct {
		make func(path string) error
		want []EnvFile
	}{
		"variables":    {func(path string) error { return os.WriteFile(path, []byte("TELL_IT=1\n"), 0o600) }, []EnvFile{{Name: ".env", Unread: true}}},
		"shell":        {func(path string) error { return os.WriteFile(path, []byte("if true; then\n"), 0o600) }, []EnvFile{{Name: ".env", Unread: true}}},
		"unreadable":   {func(path string) error { return os.WriteFile(path, nil, 0) }, []EnvFile{{Name: ".env", Unread: true}}},
		"a directory":  {func(path string) error { return os.Mkdir(path, 0o700) }, nil},
		"a pipe":       {func(path string) error { return syscall.Mkfifo(path, 0o600) }, nil},
		"a loose link": {func(path string) error { return os.Symlink("nowhere", path) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if err := test.make(filepath.Join(root, ".env")); err != nil {
				t.Fatal(err)
			}
			env, files, err := Environment(DefaultConfig(), root)
			if diff := cmp.Diff(test.want, files); err != nil || diff != "" {
				t.Errorf("%v, and the files are (-want +got):\n%s", err, diff)
			}
			if slices.Contains(env, "TELL_IT=1") {
				t.Error("hotreload set what the app was to find")
			}
		})
	}
}

// It is known which file set what.
func TestEnvFilesThatSet(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{".env": "TELL_A=1\nTELL_B=1\nTELL_OURS=1\n", ".env.local": "TELL_B=2\nTELL_CONFIG=2\n"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TELL_OURS", "ours")
	c := DefaultConfig()
	c.EnvFiles, c.Env = []string{".env", ".env.local", "none.env"}, map[string]string{"TELL_CONFIG": "3"}
	_, files, err := Environment(c, root)
	want := []EnvFile{
		{Name: ".env", Sets: []string{"TELL_A"}, Kept: []string{"TELL_OURS"}},
		{Name: ".env.local", Sets: []string{"TELL_B"}},
		{Name: "none.env", Missing: true},
	}
	if diff := cmp.Diff(want, files); err != nil || diff != "" {
		t.Errorf("%v, and the files are (-want +got):\n%s", err, diff)
	}
}

// What is wrong with a configured env file is said with its line.
func TestEnvFileErrors(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "dev.env")
	c := DefaultConfig()
	c.EnvFiles = []string{"dev.env"}
	for text, want := range map[string]string{
		"A=1\n# it's \"a comment\nB=2\n":                   "",
		"\uFEFFA=1\r\nexport B='x y'\r\n":                  "",
		"A=\"-----BEGIN\nline\nEND-----\" # a key\nB: 2\n": "",
		"A='$(date)'\nB=\\$(x)\nC=${A}b$\nD=a`b # $(x)\n":  "",
		"A=1\nif [ -f x ]; then\n":                         "dev.env:2: " + notAssignment,
		"A=1\n\nsource other.env\n":                        "dev.env:3: " + notAssignment,
		"A=1\nreadonly B=2\n":                              "dev.env:2: " + notAssignment,
		"A=1\nset -a\n":                                    "dev.env:2: " + notAssignment,
		"secret":                                           "dev.env:1: " + notAssignment,
		"export A\nB=1\n":                                  "dev.env:1: " + notAssignment,
		"A=\"two\nlines\"\nB=$(date)\n":                    "dev.env:3: " + notShell,
		"A=\"in $(hostname)\"\n":                           "dev.env:1: " + notShell,
		"A=`date`\n":                                       "dev.env:1: " + notShell,
		"A=${B:-c}\n":                                      "dev.env:1: " + notShell,
		"A=1\nB=\"secret\nC=3\n":                           "dev.env:2: " + notClosed,
		"A=1\nB=a\x00b\n":                                  "dev.env:2: " + notText,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := Environment(c, root)
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && got != "read the env file "+want {
			t.Errorf("%q leads to %v, want %q", text, err, want)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Environment(c, root); err == nil || err.Error() != "read the env file dev.env: "+errDirectory.Error() {
		t.Errorf("a directory leads to %v", err)
	}
}
