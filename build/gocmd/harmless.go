package gocmd

import (
	"slices"
	"strings"
)

// harmlessFlags are those flags of the go command that decide which files belong to a
// package. Others name programs to run (-toolexec, -exec, -vettool) or make go list compile
// (-export, -compiled).
var harmlessFlags = []string{"-tags", "-mod", "-modfile", "-overlay", "-race", "-msan", "-asan"}

// HarmlessFlags are those of some flags with which the go command runs no program that the
// flags name.
func HarmlessFlags(flags []string) []string {
	var kept []string
	for i := 0; i < len(flags); i++ {
		flag := flags[i]
		name, _ := SplitFlag(flag)
		apart := !strings.Contains(flag, "=") && i+1 < len(flags) && !strings.HasPrefix(flags[i+1], "-") // its value follows
		keep := slices.Contains(harmlessFlags, name)
		if keep {
			kept = append(kept, flag)
		}
		if apart {
			i++
		}
		if keep && apart {
			kept = append(kept, flags[i])
		}
	}
	return kept
}

// spaces are what separates the flags in GOFLAGS.
const spaces = " \t\r\n"

// FieldsOfFlags splits GOFLAGS as the go command does: a flag may be quoted as a whole.
func FieldsOfFlags(goflags string) []string {
	var flags []string
	for goflags = strings.TrimLeft(goflags, spaces); goflags != ""; goflags = strings.TrimLeft(goflags, spaces) {
		quote := goflags[0]
		if quote != '\'' && quote != '"' {
			end := strings.IndexAny(goflags+" ", spaces)
			flags = append(flags, goflags[:end])
			goflags = goflags[end:]
			continue
		}
		end := strings.IndexByte(goflags[1:], quote)
		if end < 0 {
			return flags // the go command refuses it
		}
		flags = append(flags, goflags[1:1+end])
		goflags = goflags[end+2:]
	}
	return flags
}

// JoinFlags is the reverse of FieldsOfFlags. A quote within a flag that has no spaces does not
// count.
func JoinFlags(flags []string) string {
	quoted := slices.Clone(flags)
	for i, flag := range flags {
		switch {
		case !strings.ContainsAny(flag, spaces):
		case strings.Contains(flag, "'"):
			quoted[i] = `"` + flag + `"`
		default:
			quoted[i] = "'" + flag + "'"
		}
	}
	return strings.Join(quoted, " ")
}
