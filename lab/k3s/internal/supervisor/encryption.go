// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package supervisor

import (
	"net/http"
	"time"
)

const encryption = "secret-encrypt"

// settle is how long K3s lets files reach the disk before it answers.
const settle = time.Second

// EncryptionState is the answer of GET /v1-k3s/encrypt/status and of "k3s secrets-encrypt status -o json".
type EncryptionState struct {
	Stage        string   `json:"stage"`
	ActiveKey    string   `json:"activekey"`
	Enable       *bool    `json:"enable,omitempty"`
	HashMatch    bool     `json:"hashmatch,omitempty"`
	HashError    string   `json:"hasherror,omitempty"`
	InactiveKeys []string `json:"inactivekeys,omitempty"`
}

// EncryptionRequest is the body of PUT /v1-k3s/encrypt/config: a stage to go to, or encryption on or off.
type EncryptionRequest struct {
	Stage  string `json:"stage,omitempty"`
	Enable *bool  `json:"enable,omitempty"`
	Force  bool   `json:"force"`
	Skip   bool   `json:"skip"`
}

func (s *Supervisor) encryptionStatus(w http.ResponseWriter, r *http.Request) {
	state, err := s.EncryptionState(r.Context())
	if err != nil {
		hide(w, r, http.StatusInternalServerError, encryption, err)
		return
	}
	answer(w, state)
}

func (s *Supervisor) encryptionConfig(w http.ResponseWriter, r *http.Request) {
	if !s.apiReady.Load() {
		refuse(w, r, http.StatusServiceUnavailable, "runtime core not ready")
		return
	}
	var request EncryptionRequest
	if !body(w, r, &request) {
		return
	}
	if err := s.Encrypt(request); err != nil {
		hide(w, r, http.StatusBadRequest, encryption, err)
		return
	}
	time.Sleep(settle)
}
