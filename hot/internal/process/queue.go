package process

import "sync"

// Queue does tasks one after the other, in a goroutine that is there while there are
// any. The zero value is an empty one.
type Queue struct {
	mu    sync.Mutex
	tasks []func() // the first is being done
	work  sync.WaitGroup
}

// Add has a task done when those before it are.
func (q *Queue) Add(task func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tasks = append(q.tasks, task)
	if len(q.tasks) == 1 {
		q.work.Go(q.run)
	}
}

func (q *Queue) run() {
	for task := q.first(); task != nil; task = q.next() {
		task()
	}
}

func (q *Queue) first() func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.tasks[0]
}

// next drops the task that has been done, and returns the one after it; nil: none.
func (q *Queue) next() func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tasks = q.tasks[1:]
	if len(q.tasks) == 0 {
		return nil
	}
	return q.tasks[0]
}

// Wait returns when all tasks have been done. Nothing may be added meanwhile.
func (q *Queue) Wait() { q.work.Wait() }
