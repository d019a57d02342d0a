package main

import (
	"context"
	"errors"
)

func screen(context.Context, []string) error {
	return errors.New("screen needs pseudo-terminals, which Windows has not")
}
