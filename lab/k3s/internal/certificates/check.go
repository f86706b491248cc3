// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package certificates

import (
	"crypto/x509"
	"path/filepath"
	"time"

	"k8s.io/client-go/util/cert"

	"groundwork.platform/lab/k3s/internal/pki"
)

// RenewDays is how many days before its end a leaf is renewed at start, and warned about here.
const RenewDays = int(pki.RenewBefore / (24 * time.Hour))

// The states of a certificate.
const (
	OK          = "OK"
	Warning     = "WARNING"
	Expired     = "EXPIRED"
	NotYetValid = "NOT YET VALID"
)

// Certificate is one certificate of a file; ResidualTime is in nanoseconds when it is written as JSON or YAML.
type Certificate struct {
	Filename     string
	Subject      string
	Issuer       string
	Usages       []string
	ExpiryTime   time.Time
	ResidualTime time.Duration
	Status       string
}

// Report is all certificates of a set.
type Report struct{ Certificates []Certificate }

// Check reads every certificate of the set, those of chains too; files that are not there are left out.
func (s Set) Check(now time.Time) Report {
	var report Report
	for _, path := range s.paths() {
		found, err := cert.CertsFromFile(path + ".crt")
		if err != nil {
			continue
		}
		for _, c := range found {
			report.Certificates = append(report.Certificates, describe(filepath.Base(path)+".crt", c, now))
		}
	}
	return report
}

func describe(file string, c *x509.Certificate, now time.Time) Certificate {
	result := Certificate{
		Filename: file, Subject: c.Subject.CommonName, Issuer: c.Issuer.CommonName, Usages: usages(c),
		ExpiryTime: c.NotAfter, ResidualTime: c.NotAfter.Sub(now), Status: OK,
	}
	switch {
	case now.Before(c.NotBefore):
		result.Status, result.ExpiryTime = NotYetValid, c.NotBefore
	case now.After(c.NotAfter):
		result.Status = Expired
	case result.ResidualTime < pki.RenewBefore:
		result.Status = Warning
	}
	return result
}

func usages(c *x509.Certificate) []string {
	var names []string
	if c.KeyUsage&x509.KeyUsageCertSign != 0 {
		names = append(names, "CertSign")
	}
	for _, usage := range c.ExtKeyUsage {
		switch usage {
		case x509.ExtKeyUsageServerAuth:
			names = append(names, "ServerAuth")
		case x509.ExtKeyUsageClientAuth:
			names = append(names, "ClientAuth")
		}
	}
	if len(names) == 0 {
		return []string{"Unknown"}
	}
	return names
}
