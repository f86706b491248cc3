// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/access"
	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/nodeinfo"
	"groundwork.platform/lab/k3s/internal/supervisor"
	"groundwork.platform/lab/k3s/internal/token"
)

// snapshot honours "k3s etcd-snapshot save" and "ls".
func snapshot(operation string) action {
	return func(ctx context.Context, values config.Values) error {
		folder := values.Text("data-dir", nodeinfo.DataDir) + "/server"
		switch operation {
		case "save":
			return saveSnapshot(ctx, values, folder)
		case "ls", "list":
			return listSnapshots(values.Text("dir", values.Text("etcd-snapshot-dir", folder+"/db/snapshots")))
		}
		return fmt.Errorf("the K3s stand-in does not honour etcd-snapshot %s", operation)
	}
}

func saveSnapshot(ctx context.Context, values config.Values, folder string) error {
	secret := values.Text("etcd-token", "")
	if secret == "" {
		data, err := os.ReadFile(folder + "/token")
		if err != nil {
			return err
		}
		secret = strings.TrimSpace(string(data))
	}
	client, err := access.Connect(ctx, access.Options{URL: values.Text("etcd-server", "https://127.0.0.1:6443"), Token: secret, User: token.ServerUser})
	if err != nil {
		return err
	}
	request := supervisor.SnapshotRequest{Operation: "save", Name: values.List("name")}
	if dir := values.Text("dir", ""); dir != "" {
		request.Dir = &dir
	}
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	data, err := client.Do(ctx, http.MethodPost, "/db/snapshot", nil, body)
	if err != nil {
		return err
	}
	var result struct{ Created []string }
	if err := json.Unmarshal(data, &result); err != nil {
		return err
	}
	for _, name := range result.Created {
		logrus.Infof("Snapshot %s saved.", name)
	}
	return nil
}

func listSnapshots(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "Name\tLocation\tSize\tCreated")
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || info.IsDir() || filepath.Ext(entry.Name()) == ".part" {
			continue
		}
		fmt.Fprintf(table, "%s\tfile://%s\t%d\t%s\n", entry.Name(), filepath.Join(folder, entry.Name()), info.Size(), info.ModTime().UTC().Format(time.RFC3339))
	}
	return nil
}
