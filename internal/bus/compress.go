package bus

import (
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what decompression takes of memory.
const maxWindow = 8 << 20

// compress writes what is written to it as zstd.
func compress(w io.Writer, write func(io.Writer) error) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(4<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	return errors.Join(write(z), z.Close())
}

// decompressed reads what compress has written.
func decompressed(r io.Reader) (io.ReadCloser, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}
