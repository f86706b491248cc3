// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package supervisor

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/sirupsen/logrus"
)

// Proxy passes requests on to kube-apiserver. A verified client certificate becomes the front proxy's user headers;
// such headers of the client itself are dropped.
func Proxy(target *url.URL, roots *x509.CertPool, certificate tls.Certificate) http.Handler {
	config := &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}}
	modern := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 25}
	// SPDY upgrades (exec, port-forward) need HTTP/1.1; an empty map switches HTTP/2 off.
	upgrading := &http.Transport{TLSClientConfig: config.Clone(), TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}
	return &httputil.ReverseProxy{
		Transport: byUpgrade{modern, upgrading}, FlushInterval: -1, ErrorLog: quiet(),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
			r.SetXForwarded()
			setUser(r.In, r.Out)
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil {
				return // the client went away
			}
			logrus.Warnf("kube-apiserver does not answer %s %s: %v", r.Method, r.URL.Path, err)
			refuse(w, r, http.StatusServiceUnavailable, "apiserver not ready")
		},
	}
}

func setUser(in, out *http.Request) {
	for name := range out.Header {
		if strings.HasPrefix(name, "X-Remote-") {
			out.Header.Del(name)
		}
	}
	if in.TLS == nil || len(in.TLS.VerifiedChains) == 0 {
		return
	}
	subject := in.TLS.PeerCertificates[0].Subject
	out.Header.Set("X-Remote-User", subject.CommonName)
	for _, group := range subject.Organization {
		out.Header.Add("X-Remote-Group", group)
	}
}

type byUpgrade struct{ modern, upgrading http.RoundTripper }

func (t byUpgrade) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Upgrade") != "" {
		return t.upgrading.RoundTrip(r)
	}
	return t.modern.RoundTrip(r)
}

// quiet drops the HTTP server's own remarks (TLS probes of load balancers and the like).
func quiet() *log.Logger {
	return log.New(logrus.StandardLogger().WriterLevel(logrus.DebugLevel), "", 0)
}
