// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"errors"
)

// ShutdownRequest ends K3s with exit code 0 after start-up work failed at run time (contract section 8).
type ShutdownRequest struct{ Err error }

func (e *ShutdownRequest) Error() string { return e.Err.Error() }

// FatalError ends K3s with exit code 1 and without the usual "Error: " before its text.
type FatalError struct{ Err error }

func (e *FatalError) Error() string { return e.Err.Error() }

// ended maps the normal end, a signal, to nil.
func ended(cause error) error {
	if errors.Is(cause, context.Canceled) {
		return nil
	}
	return cause
}
