// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// Command vcsim is one simulated vCenter of a twin: govmomi's simulator with the site's inventory,
// its gaps repaired, and a control socket through which virtual machines become booted hosts.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/vmware/govmomi/simulator"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "vcsim:", err)
		os.Exit(1)
	}
}

func run() error {
	specPath := flag.String("spec", "", "file that describes the vCenter (JSON)")
	listen := flag.String("listen", "127.0.0.1:443", "address and port of the API")
	certificate := flag.String("cert", "", "PEM file with the certificate chain of the API")
	key := flag.String("key", "", "PEM file with its private key")
	control := flag.String("control", "", "path of the control socket")
	flag.Func("task-delay", "make tasks of a name slower, e.g. Clone=400 (milliseconds); repeatable", delayTask)
	flag.Parse()

	spec, err := loadSpec(*specPath)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(*certificate, *key)
	if err != nil {
		return err
	}
	vcenter, err := NewVCenter(spec)
	if err != nil {
		return err
	}
	defer vcenter.Close()
	probe, err := net.Listen("tcp", *listen) // the simulator panics where this returns an error
	if err != nil {
		return err
	}
	_ = probe.Close()
	// Not closed at the end: that would wait for every client that still listens for updates.
	vcenter.Serve(*listen, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	if *control != "" {
		socket, err := vcenter.ServeControl(*control)
		if err != nil {
			return err
		}
		defer socket.Close()
	}
	fmt.Printf("vcsim: %s %s on https://%s/sdk\n", spec.Name, spec.Version, *listen)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	return nil
}

func delayTask(setting string) error {
	name, text, _ := strings.Cut(setting, "=")
	milliseconds, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	if simulator.TaskDelay.MethodDelay == nil {
		// LockHandoff 0: an object stays readable while a delayed task on it has not begun.
		simulator.TaskDelay.MethodDelay = map[string]int{"LockHandoff": 0}
	}
	simulator.TaskDelay.MethodDelay[name] = milliseconds
	return nil
}
