// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package encryption

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func written(t *testing.T, c *Config) (*Config, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "encryption-config.json")
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	hash, err := Hash(path)
	if err != nil {
		t.Fatal(err)
	}
	read, err := Load(path, c.Provider)
	if err != nil {
		t.Fatal(err)
	}
	return read, hash
}

func TestARotationReplacesTheKey(t *testing.T) {
	c := &Config{Enabled: true, Provider: AESCBC}
	c.AddFirst()
	old := c.AESCBC[0]
	c.AddLast(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if want := []string{"AES-CBC aescbckey", "AES-CBC aescbckey-2026-01-02T03:04:05Z"}; !reflect.DeepEqual(c.Names(), want) {
		t.Errorf("%q", c.Names())
	}
	c.Rotate()
	if c.AESCBC[0] == old || c.AESCBC[1] != old {
		t.Error("the new key is not the first")
	}
	c.DropOld()
	if len(c.AESCBC) != 1 || c.AESCBC[0] == old {
		t.Errorf("%q", c.Names())
	}
	c.DropOld()
	if len(c.AESCBC) != 1 {
		t.Error("the only key is gone")
	}
}

func TestDisablingAndEnablingGivesTheSameFile(t *testing.T) {
	c := &Config{Enabled: true, Provider: AESCBC}
	c.AddFirst()
	read, before := written(t, c)
	if !reflect.DeepEqual(read, c) {
		t.Errorf("%+v", read)
	}
	c.Enabled = false
	if read, hash := written(t, c); read.Enabled || hash == before {
		t.Errorf("%+v", read)
	}
	c.Enabled = true
	if _, after := written(t, c); after != before {
		t.Error("another file")
	}
}

func TestChangingTheKindDropsTheOtherKindsKey(t *testing.T) {
	c := &Config{Enabled: true, Provider: AESCBC}
	c.AddFirst()
	c.Provider = Secretbox
	c.AddLast(time.Unix(0, 0).UTC())
	read, _ := written(t, c)
	if names := read.Names(); names[0] != "XSalsa20-POLY1305 secretboxkey-1970-01-01T00:00:00Z" {
		t.Errorf("%q", names)
	}
	read.DropOld()
	if len(read.AESCBC) != 0 || len(read.Boxes) != 1 {
		t.Errorf("%q", read.Names())
	}
}
