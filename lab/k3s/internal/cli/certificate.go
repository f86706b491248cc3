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

	"github.com/dustin/go-humanize"
	"github.com/sirupsen/logrus"
	"go.yaml.in/yaml/v2"

	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/certificates"
	"groundwork.platform/lab/k3s/internal/config"
	"groundwork.platform/lab/k3s/internal/nodeinfo"
)

var certificateOperations = map[string]lineAction{"check": checkCertificates, "rotate": rotateCertificates, "rotate-ca": rotateCAs}

func selected(values config.Values, doing string) (certificates.Set, error) {
	set, err := certificates.Select(values.Text("data-dir", nodeinfo.DataDir), values.List("service"))
	if err == nil && len(values.List("service")) == 0 {
		who, whose := "Agent", "agent"
		if set.IsServer {
			who, whose = "Server", "agent and server"
		}
		logrus.Infof("%s detected, %s %s certificates", who, doing, whose)
	}
	return set, err
}

// checkCertificates ends well whatever state the certificates are in, as K3s does (contract section 7).
func checkCertificates(_ context.Context, values config.Values, _ []string) error {
	set, err := selected(values, "checking")
	if err != nil {
		return err
	}
	now := time.Now()
	report := set.Check(now)
	switch format := values.Text("output", "text"); format {
	case "text":
		logReport(report)
		return nil
	case "table":
		return printReport(report, now)
	case "json":
		return json.NewEncoder(os.Stdout).Encode(report)
	case "yaml":
		return yaml.NewEncoder(os.Stdout).Encode(report)
	default:
		return fmt.Errorf("invalid output format %s", format)
	}
}

func logReport(report certificates.Report) {
	for _, c := range report.Certificates {
		what := fmt.Sprintf("%s: certificate %s (%s)", c.Filename, c.Subject, strings.Join(c.Usages, ","))
		end := c.ExpiryTime.Format(time.RFC3339)
		switch c.Status {
		case certificates.NotYetValid:
			logrus.Errorf("%s is not valid before %s", what, end)
		case certificates.Expired:
			logrus.Errorf("%s expired at %s", what, end)
		case certificates.Warning:
			logrus.Warnf("%s will expire within %d days at %s", what, certificates.RenewDays, end)
		default:
			logrus.Infof("%s is ok, expires at %s", what, end)
		}
	}
}

func printReport(report certificates.Report, now time.Time) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintf(table, "\nFILENAME\tSUBJECT\tUSAGES\tEXPIRES\tRESIDUAL TIME\tSTATUS\n")
	fmt.Fprintf(table, "--------\t-------\t------\t-------\t-------------\t------\n")
	for _, c := range report.Certificates {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Filename, c.Subject, strings.Join(c.Usages, ","),
			c.ExpiryTime.Format("Jan 02, 2006 15:04 MST"), humanize.RelTime(now, now.Add(c.ResidualTime), "", ""), c.Status)
	}
	return table.Flush()
}

func rotateCertificates(_ context.Context, values config.Values, _ []string) error {
	set, err := selected(values, "rotating")
	if err != nil {
		return err
	}
	backup, err := set.Rotate(time.Now())
	if err == nil {
		logrus.Infof("Successfully backed up certificates to %s, please restart k3s server or agent to rotate certificates", backup)
	}
	return err
}

// rotateCAs sends what it finds below --path. Like K3s it warns about missing files, and is content when all are.
func rotateCAs(ctx context.Context, values config.Values, _ []string) error {
	client, err := supervisorOf(ctx, values, values.Text("data-dir", nodeinfo.DataDir))
	if err != nil {
		return err
	}
	files, err := bootstrap.Read(values.Text("path", ""))
	if err != nil {
		return err
	}
	for _, path := range files.Missing(values.Text("path", "")) {
		logrus.Warnf("failed to stat %s: no such file or directory", path)
	}
	body, err := files.Encode()
	if err != nil {
		return err
	}
	route := fmt.Sprintf("/v1-k3s/cert/cacerts?force=%t", values.Bool("force"))
	if _, err := client.Do(ctx, http.MethodPut, route, nil, body); err != nil {
		return fmt.Errorf("see server log for details: %w", err)
	}
	fmt.Println("certificates saved to datastore")
	return nil
}
