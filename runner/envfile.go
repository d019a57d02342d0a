package runner

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/joho/godotenv"
)

const (
	// pipePatience is how long an env file that is a pipe may take to be written:
	// some secret managers write it when it is read.
	pipePatience = 3 * time.Second
	// pipePause is how long to wait before looking again for a writer.
	pipePause = 10 * time.Millisecond
	// largestEnvFile is far beyond what a process can be given.
	largestEnvFile = 4 << 20
)

// readEnvFile gives the variables of an env file.
func readEnvFile(path string, patience time.Duration) (map[string]string, error) {
	text, err := readText(path, patience)
	if err != nil {
		return nil, err
	}
	values, err := godotenv.Unmarshal(text)
	if err != nil {
		// After "near" comes the rest of the file, with all its secrets.
		what, _, _ := strings.Cut(err.Error(), " near ")
		return nil, fmt.Errorf("%s; each line is KEY=value", what)
	}
	return values, nil
}

// readText reads a file to its end, and waits for no pipe longer than it has patience.
func readText(path string, patience time.Duration) (string, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // or it would wait for a writer here
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	pipe := info.Mode()&fs.ModeNamedPipe != 0
	until := time.Now().Add(patience)
	_ = file.SetReadDeadline(until) // a regular file has none, nor does it need one
	var text []byte
	for {
		part, err := io.ReadAll(io.LimitReader(file, int64(largestEnvFile-len(text))))
		text = append(text, part...)
		// Nobody has opened it for writing yet, or, where the system cannot wait
		// for a pipe, nobody has written.
		early := err == nil && pipe && len(text) == 0 || errors.Is(err, syscall.EAGAIN)
		switch {
		case len(text) == largestEnvFile:
			return "", fmt.Errorf("it holds more than %d MiB, which no env file does", largestEnvFile>>20)
		case errors.Is(err, os.ErrDeadlineExceeded), early && !time.Now().Before(until):
			return "", fmt.Errorf("it is no regular file, and what should write to it did not do so within %v; start that, or take the file out of runner.env_files", patience)
		case !early:
			return string(text), err
		}
		time.Sleep(pipePause)
	}
}
