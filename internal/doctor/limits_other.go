//go:build !linux

package doctor

// ReadLimits reads the limit of open files, if there is one.
func ReadLimits() Limits { return Limits{OpenFiles: openFilesLimit()} }
