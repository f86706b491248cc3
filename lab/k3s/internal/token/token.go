// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package token reads and writes K3s tokens: a bare password or K10<CA hash>::<user>:<password> (contract 3.1).
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"

	bootstraputil "k8s.io/cluster-bootstrap/token/util"
)

const prefix = "K10"

// Info is a parsed token; CAHash and User are empty when the token was a bare password.
type Info struct {
	CAHash   string
	User     string
	Password string
	Bearer   string // kubeadm's form <id>.<secret>, which agents may join with
}

// Parse splits a token; its errors are K3s's own texts.
func Parse(token string) (Info, error) {
	if token == "" {
		return Info{}, errors.New("token must not be empty")
	}
	full, isFull := strings.CutPrefix(token, prefix)
	if !isFull {
		return Info{Password: token, Bearer: bearer(token)}, nil
	}
	info := Info{}
	credentials := full
	if hash, rest, found := strings.Cut(full, "::"); found {
		if len(hash) > 0 && len(hash) != sha256.Size*2 {
			return Info{}, errors.New("invalid token CA hash length")
		}
		info.CAHash, credentials = hash, rest
	}
	if info.Bearer = bearer(credentials); info.Bearer != "" {
		return info, nil
	}
	user, password, found := strings.Cut(credentials, ":")
	if !found || password == "" {
		return Info{}, errors.New("invalid token format")
	}
	info.User, info.Password = user, password
	return info, nil
}

func bearer(credentials string) string {
	if bootstraputil.IsValidBootstrapToken(credentials) {
		return credentials
	}
	return ""
}

// Normalize returns the password of a token, which is what encrypts the bootstrap data.
func Normalize(token string) (string, error) {
	info, err := Parse(token)
	if err != nil || info.Password == "" {
		return "", errors.New("failed to normalize server token; must be in format K10<CA-HASH>::<USERNAME>:<PASSWORD> or <PASSWORD>")
	}
	return info.Password, nil
}

// Stored returns what K3s puts into cred/passwd for a configured token: only "::server:" is cut off, so that a token
// of another form is stored whole (contract 3.1, trap).
func Stored(token string) string {
	if _, password, found := strings.Cut(token, "::server:"); found && strings.HasPrefix(token, prefix) {
		return password
	}
	return token
}

// Format writes the full form.
func Format(caHash, user, password string) string {
	return prefix + caHash + "::" + user + ":" + password
}

// FormatBearer writes the full form of a bootstrap token.
func FormatBearer(caHash, bearer string) string { return prefix + caHash + "::" + bearer }

// HashCA is the hash that pins a cluster CA: of the file's bytes for a single certificate, of the root's DER for a chain.
func HashCA(bundle []byte) string {
	var last []byte
	count := 0
	for rest := bundle; ; count++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		last = block.Bytes
	}
	sum := sha256.Sum256(bundle)
	if count > 1 {
		if root, err := x509.ParseCertificate(last); err == nil {
			sum = sha256.Sum256(root.Raw)
		}
	}
	return hex.EncodeToString(sum[:])
}

// Random returns 32 hexadecimal digits, as K3s invents passwords.
func Random() string {
	data := make([]byte, 16)
	rand.Read(data) // never fails, by its documentation
	return hex.EncodeToString(data)
}
