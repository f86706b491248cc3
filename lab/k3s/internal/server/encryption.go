// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/encryption"
	"groundwork.platform/lab/k3s/internal/pki"
	"groundwork.platform/lab/k3s/internal/supervisor"
)

// The stages of a change of keys (contract section 7).
const (
	stageStart    = "start"
	stagePrepare  = "prepare"
	stageRotate   = "rotate"
	stageActive   = "reencrypt_active"
	stageFinished = "reencrypt_finished"
	// stageRotateKeys is what a client asks for, no stage that is kept.
	stageRotateKeys = "rotate_keys"
)

func (o *Options) encryptionFile() string { return o.cred("encryption-config.json") }

func (o *Options) encryptionConfig() (*encryption.Config, error) {
	return encryption.Load(o.encryptionFile(), o.Critical.EncryptProvider)
}

// newEncryption writes the first configuration: one key, or none while secrets-encryption is off.
func (o *Options) newEncryption() error {
	config := &encryption.Config{Enabled: o.Critical.EncryptSecrets, Provider: o.Critical.EncryptProvider}
	if config.Enabled {
		config.AddFirst()
	}
	if err := config.Write(o.encryptionFile()); err != nil {
		return err
	}
	return o.writeStage(stageStart)
}

func (o *Options) writeStage(stage string) error {
	hash, err := encryption.Hash(o.encryptionFile())
	if err != nil {
		return err
	}
	return pki.WriteFile(o.cred("encryption-state.json"), []byte(stage+"-"+hash), 0o600)
}

// encrypt serves PUT /v1-k3s/encrypt/config.
func (s *Server) encrypt(ctx context.Context, request supervisor.EncryptionRequest) error {
	s.rotation.Lock()
	defer s.rotation.Unlock()
	config, err := s.encryptionConfig()
	if err != nil {
		return err
	}
	if request.Enable != nil {
		return s.enableEncryption(ctx, config, *request.Enable)
	}
	classic := map[string]string{stagePrepare: stageStart + " " + stageFinished, stageRotate: stagePrepare, stageActive: stageRotate}
	before, known := classic[request.Stage]
	switch {
	case request.Stage == stageRotateKeys:
		return s.rotateKeys(ctx, config, classic[stagePrepare])
	case !known:
		return fmt.Errorf("unknown stage %s requested", request.Stage)
	}
	if err := s.verifyHashes(ctx, before); err != nil && !request.Force {
		return err
	}
	if config.Provider == encryption.Secretbox {
		return fmt.Errorf("%s does not support secretbox key type, use rotate-keys instead", request.Stage)
	}
	switch request.Stage {
	case stagePrepare:
		config.AddLast(time.Now())
	case stageRotate:
		config.Rotate()
	default:
		return s.startReencryption(ctx, request.Skip)
	}
	return s.saveEncryption(ctx, config, request.Stage)
}

// saveEncryption writes the configuration and its stage here and into the datastore.
func (s *Server) saveEncryption(ctx context.Context, config *encryption.Config, stage string) error {
	if !config.Enabled {
		return errors.New("secrets encryption is not enabled")
	}
	if err := config.Write(s.encryptionFile()); err != nil {
		return err
	}
	if err := s.writeStage(stage); err != nil {
		return err
	}
	if err := s.annotateStage(ctx, stage); err != nil {
		return err
	}
	return s.replaceBootstrap(ctx)
}

// rotateKeys adds a key, makes it the first, waits until the API server uses it, writes all Secrets anew, drops the old key.
func (s *Server) rotateKeys(ctx context.Context, config *encryption.Config, before string) error {
	if err := s.verifyHashes(ctx, before); err != nil {
		return err
	}
	if !config.Enabled {
		return errors.New("secrets encryption is not enabled")
	}
	reloads, err := s.reloads(ctx)
	if err != nil {
		return err
	}
	if err := s.annotateStage(ctx, stageActive); err != nil {
		return err
	}
	config.AddLast(time.Now())
	config.Rotate()
	logrus.Infof("Rotating secrets-encryption %s keys", config.Provider)
	if err := config.Write(s.encryptionFile()); err != nil {
		return err
	}
	if err := s.waitReload(ctx, reloads); err != nil {
		return err
	}
	return s.reencrypt(ctx, false)
}

// startReencryption returns at once; what goes wrong later stands in the journal only.
func (s *Server) startReencryption(ctx context.Context, skip bool) error {
	if err := s.annotateStage(ctx, stageActive); err != nil {
		return err
	}
	go func() {
		s.rotation.Lock()
		defer s.rotation.Unlock()
		if err := s.reencrypt(ctx, skip); err != nil {
			logrus.Errorf("secrets reencryption: %v", err)
		}
	}()
	return nil
}

// reencrypt writes all Secrets anew and drops the old key, unless skip leaves keys and stage as they were.
func (s *Server) reencrypt(ctx context.Context, skip bool) error {
	if err := s.rewriteSecrets(ctx); err != nil {
		return err
	}
	if skip {
		return s.annotateState(ctx)
	}
	config, err := s.encryptionConfig()
	if err != nil {
		return err
	}
	config.DropOld()
	return s.saveEncryption(ctx, config, stageFinished)
}

// enableEncryption changes the order of keys and identity. The stage stays that of the file before, as in K3s.
func (s *Server) enableEncryption(ctx context.Context, config *encryption.Config, enable bool) error {
	if config.Enabled == enable {
		logrus.Infof("Secrets encryption already %s", map[bool]string{true: "enabled", false: "disabled"}[enable])
		return nil
	}
	if len(config.Names()) == 0 {
		return fmt.Errorf("cannot enable secrets encryption with %s key type, no keys found", config.Provider)
	}
	config.Enabled = enable
	if err := config.Write(s.encryptionFile()); err != nil {
		return err
	}
	if err := s.replaceBootstrap(ctx); err != nil {
		return err
	}
	return s.reencrypt(ctx, true)
}
