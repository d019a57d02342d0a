package bus

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Probe asks a server whether it can be used: how long that took, and how much room it has for
// versions; math.MaxInt64: it has no limit.
func Probe(ctx context.Context, server string, a Access) (took time.Duration, room int64, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, dialTimeout, fmt.Errorf("it does not answer within %v", dialTimeout))
	defer cancel()
	c, err := Dial(server, "", a, nil)
	if err != nil {
		return 0, 0, err
	}
	defer c.nats.Close()
	if err := c.Await(ctx); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	info, err := c.js.AccountInfo(ctx)
	if err != nil {
		return 0, 0, explain(err)
	}
	if info.Limits.MaxStore < 0 {
		return time.Since(began), math.MaxInt64, nil
	}
	return time.Since(began), info.Limits.MaxStore - int64(info.Store), nil
}
