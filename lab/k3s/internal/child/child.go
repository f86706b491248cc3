// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package child runs the real programs below the stand-in. They die with it, also when it is killed.
package child

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Process is one running child.
type Process struct {
	Name  string
	cmd   *exec.Cmd
	done  chan struct{}
	asked atomic.Bool
}

// Failure says that a child ended by itself.
type Failure struct {
	Name string
	Code int // exit code, -1 after a signal
	How  string
}

func (f Failure) Error() string { return f.Name + " exited: " + f.How }

// Group starts children and reports those that end by themselves.
type Group struct {
	Failed chan Failure
	starts chan func()
	mu     sync.Mutex
	all    []*Process
}

// NewGroup returns an empty group.
func NewGroup() *Group {
	g := &Group{Failed: make(chan Failure, 16), starts: make(chan func())}
	go g.spawn()
	return g
}

// spawn starts every child from one thread that never ends: the kernel sends the parent-death signal when the thread
// that forked the child ends, not the process (prctl(2), PR_SET_PDEATHSIG).
func (g *Group) spawn() {
	runtime.LockOSThread()
	for start := range g.starts {
		start()
	}
}

// Self starts this same program under another name, with extra environment variables.
func (g *Group) Self(name string, args []string, env ...string) (*Process, error) {
	return g.Program("/proc/self/exe", name, args, env...)
}

// Program starts a program under the given name.
func (g *Group) Program(path, name string, args []string, env ...string) (*Process, error) {
	return g.start(name, path, append([]string{name}, args...), env)
}

// Wrapped starts this same program with args, which will become the named program.
func (g *Group) Wrapped(name string, args []string) (*Process, error) {
	return g.start(name, "/proc/self/exe", args, nil)
}

func (g *Group) start(name, path string, args, env []string) (*Process, error) {
	cmd := &exec.Cmd{
		Path: path, Args: args, Env: append(os.Environ(), env...),
		Stdout: os.Stderr, Stderr: os.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	result := make(chan error)
	g.starts <- func() { result <- cmd.Start() }
	if err := <-result; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{Name: name, cmd: cmd, done: make(chan struct{})}
	g.mu.Lock()
	g.all = append(g.all, p)
	g.mu.Unlock()
	go g.watch(p)
	return p, nil
}

func (g *Group) watch(p *Process) {
	err := p.cmd.Wait()
	close(p.done)
	if p.asked.Load() {
		return
	}
	failure := Failure{Name: p.Name, Code: p.cmd.ProcessState.ExitCode(), How: p.cmd.ProcessState.String()}
	if err != nil {
		failure.How = err.Error()
	}
	select {
	case g.Failed <- failure:
	default: // nobody listens any more
	}
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Pid is the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Stop asks the process to end and kills it after the grace time.
func (p *Process) Stop(grace time.Duration) {
	p.asked.Store(true)
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // already gone is fine
	select {
	case <-p.done:
	case <-time.After(grace):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// Stop ends all children at once.
func (g *Group) Stop(grace time.Duration) {
	g.mu.Lock()
	all := g.all
	g.mu.Unlock()
	var wait sync.WaitGroup
	for _, p := range all {
		wait.Add(1)
		go func() {
			defer wait.Done()
			p.Stop(grace)
		}()
	}
	wait.Wait()
}
