package bus

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Secrets are what a session proves itself by. They are kept, so that agents that were joined
// once are joined.
type Secrets struct {
	Key       ed25519.PrivateKey
	Token     string
	TokenFile string
}

// OpenSecrets reads the secrets in a directory that only the user can enter, and makes them
// if there are none.
func OpenSecrets(dir string) (Secrets, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Secrets{}, fmt.Errorf("keep the secrets of the bus: %w", err)
	}
	s := Secrets{TokenFile: filepath.Join(dir, "token")}
	seed, err := secret(filepath.Join(dir, "key"), ed25519.SeedSize)
	if err != nil {
		return Secrets{}, err
	}
	token, err := secret(s.TokenFile, 24)
	if err != nil {
		return Secrets{}, err
	}
	s.Key, s.Token = ed25519.NewKeyFromSeed(seed), base64.RawURLEncoding.EncodeToString(token)
	return s, nil
}

// secret reads random bytes from a file, or writes them there.
func secret(file string, size int) ([]byte, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		fresh := make([]byte, size)
		_, _ = rand.Read(fresh) // never fails
		text = []byte(base64.RawURLEncoding.EncodeToString(fresh))
		err = replaceFile(file, text)
	}
	if err != nil {
		return nil, fmt.Errorf("keep the secrets of the bus: %w", err)
	}
	data, err := base64.RawURLEncoding.DecodeString(string(text))
	if err != nil || len(data) != size {
		return nil, fmt.Errorf("%s is damaged; remove it, and join the instances again", file)
	}
	return data, nil
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(file string, data []byte) error {
	temp := file + ".new"
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, file)
}
