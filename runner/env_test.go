//go:build unix

package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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
		r.Root = root
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
	_, err := Environment(r.Config, r.Root)
	if err == nil || !strings.HasPrefix(err.Error(), "read the env file .env: ") || !strings.HasSuffix(err.Error(), "; each line is KEY=value") {
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
