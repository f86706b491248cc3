// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package snapshot

// Request is the body of POST /db/snapshot; what it leaves out is taken from the server's configuration.
type Request struct {
	Operation string   `json:"operation"` // save, list, prune or delete
	Name      []string `json:"name,omitempty"`
	Dir       *string  `json:"dir,omitempty"`
	Compress  *bool    `json:"compress,omitempty"`
	Retention *int     `json:"retention,omitempty"`
	S3        *S3      `json:"s3,omitempty"`
}

// Result is the answer to save, prune and delete: names, twice for one that is stored twice.
type Result struct {
	Created []string `json:"created,omitempty"`
	Deleted []string `json:"deleted,omitempty"`
}

// RequestError says what is wrong with a request; whoever asked is told, unlike of other errors.
type RequestError struct{ Err error }

func (e *RequestError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *RequestError) Unwrap() error { return e.Err }
