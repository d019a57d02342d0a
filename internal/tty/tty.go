// Package tty takes the user's terminal and gives it back.
//
// In goes a terminal; out come its modes, and a process that guards it. What always holds:
// whoever takes the terminal and starts a guard leaves it as it was, even after a panic or
// kill -9.
package tty
