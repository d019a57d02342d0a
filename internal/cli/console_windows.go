package cli

import (
	"io"

	"hotreload/internal/tty"
	"hotreload/runner"
	"hotreload/ui"
)

// console is nothing on Windows, where apps have no terminals of their own.
type console struct{}

func openConsole(ui.Mode, bool) *console { return nil }

func (*console) found() *tty.State { return nil }

func (*console) share(io.Writer, io.Writer) *ui.Shared { return nil }

func (*console) run(*runner.Target) (end func()) { return func() {} }
