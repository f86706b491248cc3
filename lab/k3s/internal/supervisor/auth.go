// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package supervisor

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	bootstrapapi "k8s.io/cluster-bootstrap/token/api"

	"groundwork.platform/lab/k3s/internal/token"
)

const nodesGroup = "system:nodes"

// identity is who a request comes from: a user of cred/passwd or a node with its client certificate.
type identity struct {
	role string
	node string // set for a client certificate
}

// authenticate answers 0 and the identity, or 401 for wrong and 403 for missing credentials (contract 3.1).
func (s *Supervisor) authenticate(r *http.Request) (identity, int) {
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		subject := r.TLS.PeerCertificates[0].Subject
		if slices.Contains(subject.Organization, nodesGroup) {
			return identity{role: token.NodeRole, node: subject.CommonName}, 0
		}
	}
	if secret, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); bearer {
		return s.bootstrapToken(r.Context(), secret)
	}
	user, password, given := r.BasicAuth()
	if !given {
		return identity{}, http.StatusForbidden
	}
	role, ok := s.Passwd.Check(user, password)
	if !ok {
		return identity{}, http.StatusUnauthorized
	}
	return identity{role: role}, 0
}

// bootstrapToken lets kube-apiserver judge a token of "k3s token create", its expiry included (contract 3.3).
func (s *Supervisor) bootstrapToken(ctx context.Context, secret string) (identity, int) {
	if !s.apiReady.Load() {
		return identity{}, http.StatusUnauthorized
	}
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: secret}}
	review, err := s.Kubernetes.AuthenticationV1().TokenReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil || !review.Status.Authenticated {
		return identity{}, http.StatusUnauthorized
	}
	if !slices.Contains(review.Status.User.Groups, bootstrapapi.BootstrapDefaultGroup) {
		return identity{}, 0
	}
	return identity{role: token.NodeRole}, 0
}

// only lets requests of one role through.
func (s *Supervisor) only(role string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.started.Load() {
			refuse(w, r, http.StatusServiceUnavailable, "starting")
			return
		}
		who, code := s.authenticate(r)
		switch {
		case code == http.StatusUnauthorized:
			refuse(w, r, code, "not authorized")
		case code == http.StatusForbidden || who.role != role:
			refuse(w, r, http.StatusForbidden, "forbidden")
		default:
			next(w, r)
		}
	}
}

// loopbackOr lets loopback requests without credentials through, all others by role.
func (s *Supervisor) loopbackOr(role string, next http.HandlerFunc) http.HandlerFunc {
	strict := s.only(role, next)
	return func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		_, _, credentials := r.BasicAuth()
		if err == nil && net.ParseIP(host).IsLoopback() && !credentials && s.started.Load() {
			next(w, r)
			return
		}
		strict(w, r)
	}
}
