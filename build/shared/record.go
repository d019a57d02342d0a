package shared

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// This file keeps what is known of a project from one session to the next.

// Record says which library a project has.
type Record struct {
	For     string `json:"for,omitempty"` // what the library was made from, packages as they are linked as a whole
	Library string `json:"library,omitempty"`
	Why     string `json:"why,omitempty"` // why it has none
}

// ReadRecord returns the record in a file; the zero value if there is none.
func ReadRecord(file string) (r Record) {
	text, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(text, &r) != nil {
		return Record{}
	}
	return r
}

// Write keeps the record in a file, which goes when it has not been used for long.
func (r Record) Write(file string) error {
	if now := time.Now(); ReadRecord(file) == r && os.Chtimes(file, now, now) == nil {
		return nil
	}
	text, err := json.Marshal(r)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o700)
	}
	if err != nil {
		return err
	}
	temp := file + "~"
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, file)
}

// Has reports whether the library is there, in a directory, that was made from what key says.
func (r Record) has(key, dir string) bool {
	if r.For != key || r.Library == "" || filepath.Base(r.Library) != r.Library {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, r.Library))
	return err == nil
}
