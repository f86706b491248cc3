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
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/yaml"

	"groundwork.platform/lab/k3s/internal/access"
	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/nodeinfo"
	"groundwork.platform/lab/k3s/internal/snapshot"
	"groundwork.platform/lab/k3s/internal/token"
)

const snapshotTimeout = 2 * time.Minute

// runSnapshot honours k3s etcd-snapshot save, ls, delete and prune: all ask a running supervisor (k3s-contract 5).
func runSnapshot(args []string) int {
	operation := "save"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		operation, args = args[0], args[1:]
	}
	flags, names := config.Snapshot.Split(args)
	return run(config.Snapshot, flags, func(ctx context.Context, values config.Values) error {
		switch operation {
		case "save":
			return saveSnapshot(ctx, values, names)
		case "ls", "list", "l":
			return listSnapshots(ctx, values)
		case "delete":
			return deleteSnapshots(ctx, values, names)
		case "prune":
			return pruneSnapshots(ctx, values)
		}
		return fmt.Errorf("No help topic for '%s'", operation)
	})
}

func saveSnapshot(ctx context.Context, values config.Values, names []string) error {
	if len(names) > 0 {
		return errors.New("this command does not take any arguments")
	}
	never := 0 // prune is a command of its own
	result := snapshot.Result{}
	request := snapshot.Request{Operation: "save", Name: []string{values.Text("name", snapshot.OnDemand)}, Retention: &never}
	if err := askSnapshot(ctx, values, request, &result); err != nil {
		return err
	}
	for _, name := range result.Created {
		logrus.Infof("Snapshot %s saved.", name)
	}
	return nil
}

func deleteSnapshots(ctx context.Context, values config.Values, names []string) error {
	if len(names) == 0 {
		return errors.New("no snapshots given for removal")
	}
	result := snapshot.Result{}
	if err := askSnapshot(ctx, values, snapshot.Request{Operation: "delete", Name: names}, &result); err != nil {
		return err
	}
	for _, name := range result.Deleted {
		logrus.Infof("Snapshot %s deleted.", name)
	}
	for _, name := range names {
		if !slices.Contains(result.Deleted, name) {
			logrus.Warnf("Snapshot %s not found.", name)
		}
	}
	return nil
}

func pruneSnapshots(ctx context.Context, values config.Values) error {
	result := snapshot.Result{}
	request := snapshot.Request{Operation: "prune", Name: []string{values.Text("name", snapshot.OnDemand)}}
	if err := askSnapshot(ctx, values, request, &result); err != nil {
		return err
	}
	for _, name := range result.Deleted {
		logrus.Infof("Snapshot %s deleted.", name)
	}
	return nil
}

func listSnapshots(ctx context.Context, values config.Values) error {
	format := strings.ToLower(values.Text("output", "table"))
	if !slices.Contains([]string{"table", "json", "yaml"}, format) {
		return errors.New("invalid output format: " + format)
	}
	list := snapshot.List{}
	if err := askSnapshot(ctx, values, snapshot.Request{Operation: "list"}, &list); err != nil {
		return err
	}
	switch format {
	case "json":
		return json.NewEncoder(os.Stdout).Encode(list)
	case "yaml":
		data, err := yaml.Marshal(list)
		fmt.Print(string(data))
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "Name\tLocation\tSize\tCreated")
	for _, item := range list.Items {
		created := item.Status.CreationTime.UTC().Format(time.RFC3339)
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", item.Spec.SnapshotName, item.Spec.Location, item.Status.Size.Value(), created)
	}
	return table.Flush()
}

// askSnapshot sends a request with what the command line and config.yaml override.
func askSnapshot(ctx context.Context, values config.Values, request snapshot.Request, result any) error {
	if dir := values.Text("etcd-snapshot-dir", ""); dir != "" {
		request.Dir = &dir
	}
	if values.Text("etcd-snapshot-compress", "") != "" {
		compress := values.Bool("etcd-snapshot-compress")
		request.Compress = &compress
	}
	if text := values.Text("etcd-snapshot-retention", ""); text != "" && request.Retention == nil {
		keep, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("invalid value %q for flag -snapshot-retention: %w", text, err)
		}
		request.Retention = &keep
	}
	limit := snapshotTimeout
	if values.Bool("etcd-s3") {
		config, err := snapshot.NewS3(func(name string) string { return values.Text(name, "") })
		if err != nil {
			return err
		}
		limit += config.Timeout
		if request.Operation == "save" {
			config.Retention = 0
		}
		request.S3 = config
	}
	secret := values.Text("etcd-token", "")
	if secret == "" {
		data, err := os.ReadFile(values.Text("data-dir", nodeinfo.DataDir) + "/server/token")
		if err != nil {
			return err
		}
		secret = strings.TrimSpace(string(data))
	}
	server, err := access.Connect(ctx, access.Options{URL: values.Text("etcd-server", "https://127.0.0.1:6443"), Token: secret, User: token.ServerUser})
	if err != nil {
		return err
	}
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	data, err := server.WithTimeout(limit).Do(ctx, http.MethodPost, "/db/snapshot", nil, body)
	if err != nil {
		return fmt.Errorf("see server log for details: %w", err)
	}
	return json.Unmarshal(data, result)
}
