// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/access"
	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/nodeinfo"
	"groundwork.platform/lab/k3s/internal/supervisor"
	"groundwork.platform/lab/k3s/internal/token"
)

// rotateWarning is printed before anything is tried (contract 3.3).
const rotateWarning = "\033[33mWARNING\033[0m: Recommended to keep a record of the old token. " +
	"If restoring from a snapshot, you must use the token associated with that snapshot."

// lineAction is a subcommand that reads no config.yaml; rest are its arguments that are no flags.
type lineAction func(ctx context.Context, values config.Values, rest []string) error

// runLine runs the operation args[0] of a group of subcommands such as "k3s token".
func runLine(command config.Command, name string, operations map[string]lineAction, args []string) int {
	if len(args) == 0 {
		fmt.Fprintf(os.Stderr, "usage: k3s %s %s\n", name, strings.Join(sortedKeys(operations), "|"))
		return 0
	}
	do, known := operations[args[0]]
	if !known {
		fmt.Fprintf(os.Stderr, "No help topic for '%s'\n", args[0])
		return 3
	}
	logrus.SetOutput(os.Stderr)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	values, rest, err := command.ParseLine(args[1:], os.LookupEnv)
	if err == nil {
		err = do(ctx, values, rest)
	}
	return exitCode(err)
}

var tokenOperations = map[string]lineAction{
	"rotate": rotateToken, "create": createToken, "list": listTokens, "delete": deleteTokens, "generate": generateToken,
}

// rotateToken waits for the server's answer without limit; the current token's default ignores data-dir, both as in K3s.
func rotateToken(ctx context.Context, values config.Values, _ []string) error {
	fmt.Println(rotateWarning)
	client, err := supervisorOf(ctx, values, nodeinfo.DataDir)
	if err != nil {
		return err
	}
	body, err := json.Marshal(supervisor.TokenRequest{NewToken: values.Text("new-token", "")})
	if err != nil {
		return err
	}
	if _, err := client.WithTimeout(0).Do(ctx, http.MethodPut, "/v1-k3s/token", nil, body); err != nil {
		return err
	}
	time.Sleep(time.Second) // the other members' etcd
	fmt.Println("Token rotated, restart k3s nodes with new token")
	return nil
}

// supervisorOf connects as the user server with --token, or with the token of the server on this machine.
func supervisorOf(ctx context.Context, values config.Values, dataDir string) (*access.Client, error) {
	secret := values.Text("token", "")
	if secret == "" {
		data, err := os.ReadFile(dataDir + "/server/token")
		if err != nil {
			return nil, err
		}
		secret = strings.TrimSpace(string(data))
	}
	return access.Connect(ctx, access.Options{URL: values.Text("server", "https://127.0.0.1:6443"), Token: secret, User: token.ServerUser})
}
