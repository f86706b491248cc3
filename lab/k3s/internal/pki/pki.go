// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package pki makes the certificates of a server under K3s's file names: CAs for 10 years, leafs for 365 days.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"slices"
	"time"
)

const (
	caYears    = 10
	leafLife   = 365 * 24 * time.Hour
	clockSkew  = time.Hour
	blockKey   = "EC PRIVATE KEY"
	blockCert  = "CERTIFICATE"
	modeKey    = 0o600
	modePublic = 0o644
	modeDir    = 0o755
)

// RenewBefore is how long before its end a leaf is renewed.
const RenewBefore = 120 * 24 * time.Hour

// CA is a certificate authority that can sign.
type CA struct {
	PEM  []byte
	Cert *x509.Certificate
	Key  crypto.Signer
}

// Subject is who a leaf is for and what it may do.
type Subject struct {
	Name   string
	Groups []string
	SANs   []string // IP addresses and DNS names
	Server bool     // also usable as server certificate
}

// EnsureCA reads path.crt and path.key, making them first when both are missing.
func EnsureCA(path, name string) (*CA, error) {
	if missing(path+".crt") && missing(path+".key") {
		if err := makeCA(path, name); err != nil {
			return nil, err
		}
	}
	return LoadCA(path)
}

// LoadCA reads path.crt and path.key.
func LoadCA(path string) (*CA, error) {
	data, err := os.ReadFile(path + ".crt")
	if err != nil {
		return nil, err
	}
	cert, err := parseCert(data)
	if err != nil {
		return nil, fmt.Errorf("%s.crt: %w", path, err)
	}
	key, err := loadKey(path + ".key")
	if err != nil {
		return nil, err
	}
	return &CA{PEM: data, Cert: cert, Key: key}, nil
}

// WriteAlone writes the CA's certificate without its chain.
func (ca *CA) WriteAlone(path string) error {
	return WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: blockCert, Bytes: ca.Cert.Raw}), modePublic)
}

func makeCA(path, name string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: fmt.Sprintf("%s@%d", name, now.Unix())},
		NotBefore: now.Add(-clockSkew), NotAfter: now.AddDate(caYears, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	return writePair(path, pem.EncodeToMemory(&pem.Block{Type: blockCert, Bytes: der}), key)
}

// EnsureLeaf writes path.crt and path.key unless a certificate is there that this CA signed, that covers the subject
// and that has more than 120 days left. The key is kept when it exists.
func (ca *CA) EnsureLeaf(path string, who Subject) error {
	key, err := EnsureKey(path + ".key")
	if err != nil {
		return err
	}
	if data, err := os.ReadFile(path + ".crt"); err == nil {
		if cert, err := parseCert(data); err == nil && ca.stillGood(cert, key, who) {
			return nil
		}
	}
	data, err := ca.Sign(who, key.Public())
	if err != nil {
		return err
	}
	return WriteFile(path+".crt", data, modePublic)
}

func (ca *CA) stillGood(cert *x509.Certificate, key crypto.Signer, who Subject) bool {
	public, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || !public.Equal(key.Public()) || cert.CheckSignatureFrom(ca.Cert) != nil || time.Until(cert.NotAfter) < RenewBefore {
		return false
	}
	if cert.Subject.CommonName != who.Name || !slices.Equal(cert.Subject.Organization, who.Groups) {
		return false
	}
	return !slices.ContainsFunc(who.SANs, func(san string) bool { return cert.VerifyHostname(san) != nil })
}

// Sign returns a PEM chain: the leaf and this CA.
func (ca *CA) Sign(who Subject, public crypto.PublicKey) ([]byte, error) {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: who.Name, Organization: who.Groups},
		NotBefore: ca.Cert.NotBefore, NotAfter: now.Add(leafLife),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if who.Server {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, san := range who.SANs {
		if ip := net.ParseIP(san); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, san)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Cert, public, ca.Key)
	if err != nil {
		return nil, err
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: blockCert, Bytes: der}), ca.PEM...), nil
}

func parseCert(data []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	return x509.ParseCertificate(block.Bytes)
}

func writePair(path string, certificate []byte, key *ecdsa.PrivateKey) error {
	if err := writeKey(path+".key", key); err != nil {
		return err
	}
	return WriteFile(path+".crt", certificate, modePublic)
}

func serial() *big.Int {
	limit := new(big.Int).Lsh(big.NewInt(1), 120)
	number, err := rand.Int(rand.Reader, limit)
	if err != nil { // only a broken system has no randomness
		panic(err)
	}
	return number
}
