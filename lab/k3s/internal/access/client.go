// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package access is the client side of a supervisor: trust by token, then requests with the token's password.
package access

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/token"
)

const timeout = 15 * time.Second

// Client talks to one supervisor as one user.
type Client struct {
	URL      string
	CA       []byte
	user     string
	password string
	bearer   string
	http     *http.Client
}

// Options of Connect.
type Options struct {
	URL     string
	Token   string
	User    string // overrides the token's user: server or node, as the request needs
	LocalCA []byte // a CA already on disk is used instead of /cacerts
	Cert    *tls.Certificate
}

// Connect validates the token against the server's CA (contract 3.1); its errors are K3s's own texts.
func Connect(ctx context.Context, o Options) (*Client, error) {
	info, err := token.Parse(o.Token)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("invalid server url, failed to parse: %s: %w", o.URL, err)
	}
	if address.Scheme != "https" {
		return nil, fmt.Errorf("only https:// URLs are supported, invalid scheme: %s", o.URL)
	}
	c := &Client{URL: strings.TrimRight(o.URL, "/"), user: o.User, password: info.Password, CA: o.LocalCA}
	if o.User == token.NodeUser {
		c.bearer = info.Bearer
	}
	if len(c.CA) == 0 && !trustedByHost(ctx, c.URL) {
		if c.CA, err = fetchCA(ctx, c.URL); err != nil {
			return nil, fmt.Errorf("failed to get CA certs: %w", err)
		}
	}
	if len(c.CA) > 0 && (info.CAHash != "" || len(o.LocalCA) == 0) {
		if err := checkHash(info, c.CA); err != nil {
			return nil, err
		}
	}
	c.http = newHTTP(c.CA, false, o.Cert)
	if _, err := c.Get(ctx, "/ping"); err != nil && len(c.CA) > 0 {
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) {
			return nil, fmt.Errorf("CA cert validation failed: %w", err)
		}
	}
	return c, nil
}

func checkHash(info token.Info, ca []byte) error {
	if info.CAHash == "" {
		logrus.Warn("Cluster CA certificate is not trusted by the host CA bundle, but the token does not include a CA hash. " +
			"Use the full token from the server's node-token file to enable Cluster CA validation.")
		return nil
	}
	if hash := token.HashCA(ca); hash != info.CAHash {
		return fmt.Errorf("token CA hash does not match the Cluster CA certificate hash: %s != %s", info.CAHash, hash)
	}
	return nil
}

func trustedByHost(ctx context.Context, base string) bool {
	_, err := do(ctx, newHTTP(nil, false, nil), http.MethodGet, base+"/ping", nil, nil)
	return err == nil
}

func fetchCA(ctx context.Context, base string) ([]byte, error) {
	return do(ctx, newHTTP(nil, true, nil), http.MethodGet, base+"/cacerts", nil, nil)
}

// newHTTP trusts the given CA, the host's when ca is nil, or nobody in particular: only for reading /cacerts, whose
// content is then compared with the token's hash.
func newHTTP(ca []byte, anyServer bool, cert *tls.Certificate) *http.Client {
	config := &tls.Config{InsecureSkipVerify: anyServer}
	if ca != nil {
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(ca)
	}
	if cert != nil {
		config.Certificates = []tls.Certificate{*cert}
	}
	return &http.Client{Timeout: timeout, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

// Get requests a path.
func (c *Client) Get(ctx context.Context, path string) ([]byte, error) {
	return c.Do(ctx, http.MethodGet, path, nil, nil)
}

// WithTimeout returns the same client with another limit for one request, 0 for none.
func (c *Client) WithTimeout(limit time.Duration) *Client {
	patient, transport := *c, *c.http
	transport.Timeout = limit
	patient.http = &transport
	return &patient
}

// Do sends a request with the user's password, or with the bootstrap token of a node.
func (c *Client) Do(ctx context.Context, method, path string, header http.Header, body []byte) ([]byte, error) {
	if header == nil {
		header = http.Header{}
	}
	request := &http.Request{Header: header}
	if c.bearer != "" {
		header.Set("Authorization", "Bearer "+c.bearer)
	} else {
		request.SetBasicAuth(c.user, c.password)
	}
	return do(ctx, c.http, method, c.URL+path, header, body)
}

// StatusError is an answer other than 2xx.
type StatusError struct {
	Code int
	Text string
}

func (e *StatusError) Error() string { return e.Text }

func do(ctx context.Context, client *http.Client, method, address string, header http.Header, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 == 2 {
		return data, nil
	}
	var status struct{ Message string }
	if json.Unmarshal(data, &status) == nil && status.Message != "" {
		return nil, &StatusError{response.StatusCode, status.Message}
	}
	return nil, &StatusError{response.StatusCode, address + ": " + response.Status}
}
