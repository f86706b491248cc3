// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package token

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	hash := strings.Repeat("a", 64)
	for text, want := range map[string]Info{
		"short":                       {Password: "short"},
		"K10" + hash + "::server:p:w": {CAHash: hash, User: "server", Password: "p:w"},
		"K10::node:pw":                {User: "node", Password: "pw"},
		"abcdef.0123456789abcdef":     {Password: "abcdef.0123456789abcdef", Bearer: "abcdef.0123456789abcdef"},
		"K10" + hash + "::abcdef.0123456789abcdef": {CAHash: hash, Bearer: "abcdef.0123456789abcdef"},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"":                         "token must not be empty",
		"K10abc::server:pw":        "invalid token CA hash length",
		"K10" + hash + "::nothing": "invalid token format",
		"K10" + hash + "::server:": "invalid token format",
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("Parse(%q): %v, want %s", text, err, want)
		}
	}
}

func TestStoredKeepsForeignFormsWhole(t *testing.T) {
	for text, want := range map[string]string{"pw": "pw", "K10x::server:pw": "pw", "K10x::node:pw": "K10x::node:pw"} {
		if got := Stored(text); got != want {
			t.Errorf("Stored(%q) = %q", text, got)
		}
	}
}

func TestPasswdIsWrittenOnlyOnChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passwd")
	first, err := ReadPasswd(path)
	if err != nil {
		t.Fatal(err)
	}
	first.Ensure(ServerUser, ServerRole, "a,b")
	if err := first.Write(path); err != nil {
		t.Fatal(err)
	}
	again, err := ReadPasswd(path)
	if err != nil {
		t.Fatal(err)
	}
	again.Ensure(ServerUser, ServerRole, "a,b")
	if again.changed {
		t.Error("an equal entry counts as a change")
	}
	if role, ok := again.Check(ServerUser, "a,b"); !ok || role != ServerRole {
		t.Errorf("Check = %q, %v", role, ok)
	}
	if _, ok := again.Check(NodeUser, "a,b"); ok {
		t.Error("an unknown user is let in")
	}
}
