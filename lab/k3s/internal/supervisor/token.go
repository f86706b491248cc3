// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/bootstrap"
)

// errorIDs is how many numbers tie an answer to its cause in the journal.
const errorIDs = 100_000

// TokenRequest is the body of PUT /v1-k3s/token.
type TokenRequest struct {
	NewToken string `json:"newToken,omitempty"`
}

// token rotates the server token (contract 3.3).
func (s *Supervisor) token(w http.ResponseWriter, r *http.Request) {
	var request TokenRequest
	if !body(w, r, &request) {
		return
	}
	err := s.Rotate(request.NewToken)
	if errors.Is(err, context.Canceled) {
		panic(http.ErrAbortHandler) // this server ends: like K3s it drops the connection, the client reports EOF
	}
	if err != nil {
		hide(w, r, http.StatusInternalServerError, "token", err)
	}
}

// authorities stores new CAs (contract section 7).
func (s *Supervisor) authorities(w http.ResponseWriter, r *http.Request) {
	given := bootstrap.Files{}
	if !body(w, r, &given) {
		return
	}
	if err := s.ReplaceCAs(given, r.FormValue("force") == "true"); err != nil {
		hide(w, r, http.StatusInternalServerError, "certificate", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// body decodes a request's JSON, or answers 400.
func body(w http.ResponseWriter, r *http.Request, into any) bool {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		refuse(w, r, http.StatusBadRequest, err.Error())
	}
	return err == nil
}

// hide answers with "<what> error ID N"; what went wrong stands in the journal only (contract 3.1).
func hide(w http.ResponseWriter, r *http.Request, code int, what string, err error) {
	text := fmt.Sprintf("%s error ID %05d", what, rand.IntN(errorIDs))
	logrus.Errorf("%s: %v", text, err)
	if code == http.StatusInternalServerError {
		text = "Internal error occurred: " + text
	}
	refuse(w, r, code, text)
}
