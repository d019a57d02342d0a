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
)

const (
	// pipePatience is how long to wait for an env file that is a pipe: some secret managers
	// write it when it is read.
	pipePatience = 3 * time.Second
	// pipePause is how long to wait before looking again for a writer.
	pipePause = 10 * time.Millisecond
	// largestEnvFile is far more than a process can be given.
	largestEnvFile = 4 << 20
)

// readEnvFile returns the variables of an env file.
func readEnvFile(path string, patience time.Duration) (map[string]string, error) {
	text, err := readText(path, patience)
	if err != nil {
		return nil, err
	}
	return parseEnvFile(strings.TrimPrefix(text, "\uFEFF")) // a byte order mark
}

var errDirectory = errors.New("it is a directory; runner.env_files takes files of KEY=value lines")

// readText reads a file to its end. It waits for a pipe no longer than patience.
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
	if info.IsDir() {
		return "", errDirectory
	}
	pipe := info.Mode()&fs.ModeNamedPipe != 0
	until := time.Now().Add(patience)
	_ = file.SetReadDeadline(until) // fails for a regular file, which needs none
	var text []byte
	for {
		part, err := io.ReadAll(io.LimitReader(file, int64(largestEnvFile-len(text))))
		text = append(text, part...)
		// It has not been opened for writing yet or, where the system cannot wait for a
		// pipe, not been written to.
		early := err == nil && pipe && len(text) == 0 || errors.Is(err, syscall.EAGAIN)
		switch {
		case len(text) == largestEnvFile:
			return "", fmt.Errorf("it is larger than %d MiB, which no env file is", largestEnvFile>>20)
		case errors.Is(err, os.ErrDeadlineExceeded), early && !time.Now().Before(until):
			return "", fmt.Errorf("it is not a regular file, and nothing was written to it within %v; start its writer, or remove the file from runner.env_files", patience)
		case !early:
			return string(text), err
		}
		time.Sleep(pipePause)
	}
}
