// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package bootstrap keeps the data every server must share: the files, their encryption under the server password,
// and the rules by which disk and datastore are reconciled (contract sections 2 and 3.2).
package bootstrap

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// Prefix is where bootstrap keys lie in etcd.
const Prefix = "/bootstrap/"

const (
	rounds     = 4096 // K3s's number of PBKDF2 rounds
	keyBytes   = 32
	saltBytes  = 8
	hashDigits = 12
)

// Key is the etcd key of the data encrypted with this password.
func Key(password string) string {
	sum := sha256.Sum256([]byte(password))
	return Prefix + hex.EncodeToString(sum[:])[:hashDigits]
}

// Encrypt returns "<salt>:<base64 of nonce and AES-GCM text>".
func Encrypt(password string, plain []byte) ([]byte, error) {
	random := make([]byte, saltBytes)
	rand.Read(random) // never fails, by its documentation
	salt := hex.EncodeToString(random)
	box, err := sealer(password, salt)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce)
	sealed := box.Seal(nonce, nonce, plain, nil)
	return []byte(salt + ":" + base64.StdEncoding.EncodeToString(sealed)), nil
}

// Decrypt is the reverse of Encrypt.
func Decrypt(password string, data []byte) ([]byte, error) {
	salt, text, found := strings.Cut(string(data), ":")
	if !found {
		return nil, errors.New("invalid cipher text, not : delimited")
	}
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	box, err := sealer(password, salt)
	if err != nil {
		return nil, err
	}
	if len(sealed) < box.NonceSize() {
		return nil, errors.New("invalid cipher text, too short")
	}
	return box.Open(nil, sealed[:box.NonceSize()], sealed[box.NonceSize():], nil)
}

func sealer(password, salt string) (cipher.AEAD, error) {
	key, err := pbkdf2.Key(sha1.New, password, []byte(salt), rounds, keyBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
