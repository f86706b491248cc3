// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/nodeinfo"
	"groundwork.platform/lab/k3s/internal/supervisor"
)

// encryptWait is how long the client waits; the server goes on when that is not enough (contract section 7).
const encryptWait = 90 * time.Second

var on, off = true, false

var encryptOperations = map[string]lineAction{
	"status":      encryptionStatus,
	"enable":      encrypt(supervisor.EncryptionRequest{Enable: &on}, "secrets-encryption enabled"),
	"disable":     encrypt(supervisor.EncryptionRequest{Enable: &off}, "secrets-encryption disabled"),
	"prepare":     encrypt(supervisor.EncryptionRequest{Stage: "prepare"}, "prepare completed successfully"),
	"rotate":      encrypt(supervisor.EncryptionRequest{Stage: "rotate"}, "rotate completed successfully"),
	"reencrypt":   encrypt(supervisor.EncryptionRequest{Stage: "reencrypt_active"}, "reencryption started"),
	"rotate-keys": encrypt(supervisor.EncryptionRequest{Stage: "rotate_keys"}, "keys rotated, reencryption finished"),
}

func encrypt(request supervisor.EncryptionRequest, done string) lineAction {
	return func(ctx context.Context, values config.Values, _ []string) error {
		client, err := supervisorOf(ctx, values, values.Text("data-dir", nodeinfo.DataDir))
		if err != nil {
			return err
		}
		request.Force, request.Skip = values.Bool("force"), values.Bool("skip")
		body, err := json.Marshal(request)
		if err != nil {
			return err
		}
		if _, err := client.WithTimeout(encryptWait).Do(ctx, http.MethodPut, "/v1-k3s/encrypt/config", nil, body); err != nil {
			return fmt.Errorf("see server log for details: %w", err)
		}
		fmt.Println(done)
		return nil
	}
}

func encryptionStatus(ctx context.Context, values config.Values, _ []string) error {
	client, err := supervisorOf(ctx, values, values.Text("data-dir", nodeinfo.DataDir))
	if err != nil {
		return err
	}
	data, err := client.Get(ctx, "/v1-k3s/encrypt/status")
	if err != nil {
		return fmt.Errorf("see server log for details: %w", err)
	}
	var state supervisor.EncryptionState
	if err := json.Unmarshal(data, &state); err != nil {
		return err
	}
	if strings.EqualFold(values.Text("output", ""), "json") {
		text, err := json.MarshalIndent(state, "", "\t")
		if err == nil {
			fmt.Println(string(text))
		}
		return err
	}
	if state.Enable == nil {
		fmt.Println("Encryption Status: Disabled, no configuration file found")
		return nil
	}
	fmt.Println("Encryption Status:", map[bool]string{true: "Enabled", false: "Disabled"}[*state.Enable])
	fmt.Println("Current Rotation Stage:", state.Stage)
	fmt.Println("Server Encryption Hashes:", map[bool]string{true: "All hashes match", false: state.HashError}[state.HashMatch])
	return printKeys(state)
}

// printKeys writes the key table; a key is told as "<type> <name>".
func printKeys(state supervisor.EncryptionState) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nActive\tKey Type\tName\n------\t--------\t----\n")
	row := func(mark, key string) {
		kind, name, _ := strings.Cut(key, " ")
		fmt.Fprintf(table, "%s\t%s\t%s\n", mark, kind, name)
	}
	if state.ActiveKey != "" {
		row(" *", state.ActiveKey)
	}
	for _, key := range state.InactiveKeys {
		row("", key)
	}
	return table.Flush()
}
