//go:build !linux

package shared

import "errors"

// takeTurn is for systems on which no library is made.
func takeTurn(string) (end func(), mine bool, err error) { return nil, false, errors.ErrUnsupported }

// freeSpace is not asked for there.
func freeSpace(string) (float64, error) { return 0, errors.ErrUnsupported }
