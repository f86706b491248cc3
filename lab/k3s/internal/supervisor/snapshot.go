// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package supervisor

import (
	"errors"
	"net/http"

	"groundwork.platform/lab/k3s/internal/snapshot"
)

// snapshot hands the operations of k3s etcd-snapshot to the server (k3s-contract 5).
func (s *Supervisor) snapshot(w http.ResponseWriter, r *http.Request) {
	if !s.HasEtcd {
		refuse(w, r, http.StatusBadRequest, "etcd datastore disabled")
		return
	}
	var request snapshot.Request
	if !body(w, r, &request) {
		return
	}
	result, err := s.Snapshot(r.Context(), request)
	var wrong *snapshot.RequestError
	switch {
	case errors.As(err, &wrong):
		refuse(w, r, http.StatusBadRequest, err.Error())
	case err != nil:
		hide(w, r, http.StatusInternalServerError, "etcd-snapshot", err)
	default:
		answer(w, result)
	}
}
