// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package token

import (
	"crypto/subtle"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// The two users of cred/passwd and their roles.
const (
	ServerUser = "server"
	NodeUser   = "node"
	ServerRole = "k3s:server"
	NodeRole   = "k3s:agent"
)

// Passwd is the content of cred/passwd: one line "password,user,user,role" each.
type Passwd struct {
	entries map[string]entry
	changed bool
}

type entry struct{ password, role string }

// ReadPasswd reads a passwd file; a missing file is an empty one.
func ReadPasswd(path string) (*Passwd, error) {
	p := &Passwd{entries: map[string]entry{}}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = -1
	lines, err := reader.ReadAll()
	if err != nil {
		return nil, err
	}
	for _, fields := range lines {
		if len(fields) < 4 {
			return nil, fmt.Errorf("password file '%s' must have at least 4 columns (password, name, uid, groups), found %d", path, len(fields))
		}
		p.entries[fields[1]] = entry{fields[0], fields[3]}
	}
	return p, nil
}

// Password returns a user's password, empty if there is no such user.
func (p *Passwd) Password(user string) string { return p.entries[user].password }

// Ensure sets a user's password and role.
func (p *Passwd) Ensure(user, role, password string) {
	if wanted := (entry{password, role}); p.entries[user] != wanted {
		p.entries[user] = wanted
		p.changed = true
	}
}

// Write saves the file, mode 0600, only if something changed.
func (p *Passwd) Write(path string) error {
	if !p.changed {
		return nil
	}
	var text strings.Builder
	writer := csv.NewWriter(&text)
	for user, e := range p.entries {
		if err := writer.Write([]string{e.password, user, user, e.role}); err != nil {
			return err
		}
	}
	writer.Flush()
	temporary := path + ".tmp"
	if err := os.WriteFile(temporary, []byte(text.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// Check returns the role of a user with this password.
func (p *Passwd) Check(user, password string) (role string, ok bool) {
	e, known := p.entries[user]
	if !known || subtle.ConstantTimeCompare([]byte(e.password), []byte(password)) != 1 {
		return "", false
	}
	return e.role, true
}
