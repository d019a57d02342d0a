package runner

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// How long a version waits for the requests of the one before does not count as the time that
// it takes to get ready.
func TestLimitDoesNotCountTheWait(t *testing.T) {
	for name, test := range map[string]struct {
		waits, admitted time.Duration // 0: never
		want            time.Duration
	}{
		"it never waits":                {0, 0, 10 * time.Second},
		"it waits":                      {4 * time.Second, 64 * time.Second, 70 * time.Second},
		"it asks when it is late":       {11 * time.Second, 12 * time.Second, 10 * time.Second},
		"it is admitted without a wait": {0, 4 * time.Second, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEntry(nil, legacy{})
				var work sync.WaitGroup
				began := time.Now()
				limited, cancel := e.limit(context.Background(), &work, 10*time.Second)
				defer cancel()
				work.Go(func() {
					time.Sleep(test.waits)
					if test.waits > 0 {
						e.wait()
						e.wait() // another process of the app
					}
				})
				work.Go(func() {
					time.Sleep(test.admitted)
					if test.admitted > 0 {
						close(e.admitted)
					}
				})
				<-limited.Done()
				if took := time.Since(began); took != test.want {
					t.Errorf("it ends after %v, want %v", took, test.want)
				}
				work.Wait()
			})
		})
	}
}
