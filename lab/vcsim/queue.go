// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import "sync"

// queue is an unbounded first-in-first-out list: pushing never blocks.
type queue struct {
	lock   sync.Mutex
	filled *sync.Cond
	lines  []any
	closed bool
}

func newQueue() *queue {
	q := new(queue)
	q.filled = sync.NewCond(&q.lock)
	return q
}

func (q *queue) push(line any) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.lines = append(q.lines, line)
	q.filled.Signal()
}

// pop waits for the next line; false means that the queue was closed.
func (q *queue) pop() (any, bool) {
	q.lock.Lock()
	defer q.lock.Unlock()
	for len(q.lines) == 0 && !q.closed {
		q.filled.Wait()
	}
	if q.closed {
		return nil, false
	}
	line := q.lines[0]
	q.lines = q.lines[1:]
	return line, true
}

func (q *queue) close() {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.closed = true
	q.filled.Signal()
}
