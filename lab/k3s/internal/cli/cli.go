// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package cli is the command line of k3s.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/agent"
	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/server"
)

const usage = `usage: k3s server|agent|kubectl|etcd-snapshot|token|certificate|secrets-encrypt|crictl|ctr [flags]
This is groundwork.platform's stand-in for K3s; lab/k3s/README.md says what it honours.
`

// Main runs one command and returns the exit code.
func Main(args []string, kubectl func([]string) int) int {
	command := ""
	if len(args) > 1 {
		command = args[1]
	}
	switch command {
	case "server":
		return run(config.Server, args[2:], runServer)
	case "agent":
		return run(config.Agent, args[2:], runAgent)
	case "etcd-snapshot":
		return runSnapshot(args[2:])
	case "kubectl":
		if os.Getenv("KUBECONFIG") == "" {
			os.Setenv("KUBECONFIG", server.UserKubeconfig)
		}
		return kubectl(args[1:])
	case agent.InNamespace:
		return agent.EnterNamespace(args[2:])
	case "crictl", "ctr":
		return runtimeClient(args[1:])
	case "--version", "-v", "version":
		// K3s's two lines; the second one says what this is.
		fmt.Printf("k3s version %s (%s)\ngo version %s (groundwork.platform stand-in, not K3s)\n", server.Version(), commit, runtime.Version())
		return 0
	case "token":
		return runLine(config.Token, command, tokenOperations, args[2:])
	case "certificate":
		return runLine(config.Certificate, command, certificateOperations, args[2:])
	case "secrets-encrypt":
		return runLine(config.SecretsEncrypt, command, encryptOperations, args[2:])
	case "check-config":
		return exitCode(fmt.Errorf("the K3s stand-in does not honour %s", command))
	case "", "--help", "-h", "help":
		fmt.Print(usage)
		return 0
	}
	fmt.Fprintf(os.Stderr, "No help topic for '%s'\n", command)
	return 3
}

// IsLink says whether K3s's own links call it by this name.
func IsLink(name string) bool { return name == "kubectl" || name == "crictl" || name == "ctr" }

// commit takes the place of K3s's commit in --version; no K3s commit has it.
const commit = "57a4d14b"

type action func(ctx context.Context, values config.Values) error

func run(command config.Command, args []string, do action) int {
	logrus.SetOutput(os.Stderr)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	values, err := command.Parse(args, os.LookupEnv)
	if err == nil {
		if values.Bool("debug") {
			logrus.SetLevel(logrus.DebugLevel)
		}
		err = do(ctx, values)
	}
	return exitCode(err)
}

// exitCode logs how K3s ended (contract section 8).
func exitCode(err error) int {
	var request *server.ShutdownRequest
	var newer *bootstrap.NewerError
	var fatal *server.FatalError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &request):
		logrus.Errorf("Shutdown request received: %q", request.Err)
		return 0
	case errors.As(err, &newer):
		logrus.StandardLogger().Log(logrus.FatalLevel, newer.Error())
		return 1
	case errors.As(err, &fatal):
		logrus.StandardLogger().Log(logrus.FatalLevel, fatal.Error())
		return 1
	default:
		logrus.StandardLogger().Log(logrus.FatalLevel, "Error: "+err.Error())
		return 1
	}
}

func runServer(ctx context.Context, values config.Values) error {
	return server.Run(ctx, values, notifyReady, func(ctx context.Context, s *server.Server) error {
		return agent.Run(ctx, s.Group, s.AgentOptions())
	})
}

func runAgent(ctx context.Context, values config.Values) error {
	return agent.RunAlone(ctx, values, notifyReady)
}
