package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// calm lies between two edits: the contender whose turn it was comes to rest.
const calm = 500 * time.Millisecond

// measure returns the times of each kind, by round. All contenders run all the
// time; in each round each has its turn, in a new random order, so that no
// contender always follows the same other.
func measure(ctx context.Context, w *workspace, s subject, kinds []kind, rounds int) ([][]time.Duration, error) {
	var all []strategy
	for _, k := range kinds {
		all = append(all, strategy{k, s})
	}
	return measureAll(ctx, w, all, rounds)
}

// measureAll does the same with a subject for each.
func measureAll(ctx context.Context, w *workspace, all []strategy, rounds int) ([][]time.Duration, error) {
	next := versions()
	var contenders []*contender
	defer func() {
		for _, c := range contenders {
			c.stop()
		}
	}()
	for _, a := range all {
		progress("%s: first build by %s", a.subject.name, a.kind.name)
		c, err := startContender(ctx, w, a.kind, a.subject, next())
		if err != nil {
			return nil, err
		}
		contenders = append(contenders, c)
	}
	for _, c := range contenders {
		if err := c.warm(next()); err != nil {
			return nil, err
		}
	}
	times := make([][]time.Duration, len(contenders))
	for round := range rounds + 1 { // the first one warms up
		progress("%s: round %d of %d", all[0].subject.name, round, rounds)
		for _, turn := range rand.Perm(len(contenders)) {
			if err := pause(ctx, calm); err != nil {
				return nil, err
			}
			took, err := contenders[turn].turn(next())
			if err != nil {
				return nil, err
			}
			if round > 0 {
				times[turn] = append(times[turn], took)
			}
		}
	}
	return times, nil
}

// versions makes versions that no build cache has seen, none a part of another.
func versions() func() string {
	run, count := time.Now().UnixNano(), 0
	return func() string {
		count++
		return fmt.Sprintf("v%x-%06d", run, count)
	}
}

// pause waits, unless the context ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
