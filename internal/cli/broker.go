package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"hotreload/internal/fleet"
)

// brokerName is the program.
const brokerName = "hotreload-broker"

// findBroker finds it.
func findBroker() (string, error) {
	name := brokerName
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if self, err := os.Executable(); err == nil {
		if beside := filepath.Join(filepath.Dir(self), name); isFile(beside) {
			return beside, nil
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return "", errNoBroker
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// runBroker starts a broker and waits until it listens. It ends with us, also if we are killed,
// because its input ends.
func runBroker(listen, store string, c fleet.Config, token string) (server, at string, stop func(), err error) {
	program, err := findBroker()
	if err != nil {
		return "", "", nil, err
	}
	cmd := exec.Command(program)
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", "", nil, err
	}
	cmd.SysProcAttr = apart()
	if err := cmd.Start(); err != nil {
		return "", "", nil, err
	}
	stop = func() {
		_ = in.Close()
		_ = cmd.Wait()
	}
	settings := struct { // as in package broker, which is not part of this program
		Listen      string `json:"listen"`
		Store       string `json:"store"`
		Token       string `json:"token"`
		Certificate string `json:"certificate,omitempty"`
		Key         string `json:"key,omitempty"`
	}{listen, store, token, c.Certificate, c.Key}
	var started struct{ URL, Error string }
	err = json.NewEncoder(in).Encode(settings)
	if err == nil {
		err = json.NewDecoder(bufio.NewReader(out)).Decode(&started)
	}
	if err == nil && started.Error != "" {
		err = errors.New(started.Error)
	}
	var u *url.URL
	if err == nil {
		u, err = url.Parse(started.URL)
	}
	if err != nil {
		stop()
		return "", "", nil, fmt.Errorf("%s: %w", program, err)
	}
	return started.URL, u.Host, stop, nil
}
