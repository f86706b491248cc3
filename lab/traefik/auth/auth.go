// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package auth stands in for Traefik's fork of go-http-auth, which no proxy carries: whoever has to show a password is refused.
package auth

import "net/http"

// SecretProvider knows the secrets of users.
type SecretProvider func(user, realm string) string

// BasicAuth is what a Traefik without passwords needs of the real one.
type BasicAuth struct {
	Realm   string
	Secrets SecretProvider
}

// RequireAuth refuses a request.
func (a *BasicAuth) RequireAuth(answer http.ResponseWriter, _ *http.Request) { refuse(answer) }

// DigestAuth is what a Traefik without passwords needs of the real one.
type DigestAuth struct{}

// NewDigestAuthenticator knows nobody.
func NewDigestAuthenticator(_ string, _ SecretProvider) *DigestAuth { return &DigestAuth{} }

// CheckAuth knows nobody.
func (a *DigestAuth) CheckAuth(_ *http.Request) (string, *string) { return "", nil }

// RequireAuth refuses a request.
func (a *DigestAuth) RequireAuth(answer http.ResponseWriter, _ *http.Request) { refuse(answer) }

// RequireAuthStale refuses a request.
func (a *DigestAuth) RequireAuthStale(answer http.ResponseWriter, _ *http.Request) { refuse(answer) }

// DigestAuthParams reads nothing.
func DigestAuthParams(_ string) map[string]string { return nil }

// CheckSecret accepts no password.
func CheckSecret(_, _ string) bool { return false }

func refuse(answer http.ResponseWriter) {
	http.Error(answer, "this build of Traefik knows no passwords", http.StatusUnauthorized)
}
