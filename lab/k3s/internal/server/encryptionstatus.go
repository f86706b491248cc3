// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"errors"
	"os"
	"strings"

	"groundwork.platform/lab/k3s/internal/supervisor"
)

// encryptionState serves GET /v1-k3s/encrypt/status.
func (s *Server) encryptionState(ctx context.Context) (supervisor.EncryptionState, error) {
	var state supervisor.EncryptionState
	config, err := s.encryptionConfig()
	if errors.Is(err, os.ErrNotExist) {
		return state, nil
	}
	if err != nil {
		return state, err
	}
	state.Enable = &config.Enabled
	if err := s.verifyHashes(ctx, ""); err != nil {
		state.HashError = err.Error()
	} else {
		state.HashMatch = true
	}
	annotation, err := s.stageOfNode(ctx)
	if err != nil {
		return state, err
	}
	state.Stage, _, _ = strings.Cut(annotation, "-")
	names := config.Names()
	if config.Enabled && len(names) > 0 {
		state.ActiveKey, names = names[0], names[1:]
	}
	state.InactiveKeys = names
	return state, nil
}
