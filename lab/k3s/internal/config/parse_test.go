// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// files writes config.yaml and drop-ins into a new folder and returns config.yaml's path.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range content {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "config.yaml")
}

func environment(pairs map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := pairs[name]
		return value, ok
	}
}

func TestDropInsReplaceAndAppend(t *testing.T) {
	path := files(t, map[string]string{
		"config.yaml":           "token: main\ntls-san: [a, b]\nnode-label: [x=1]\n",
		"config.yaml.d/10.yaml": "token: first\ntls-san+: [c]\nnode-label: [y=2]\n",
		"config.yaml.d/20.yml":  "token: second\n",
		"config.yaml.d/30.txt":  "token: ignored\n",
	})
	values, err := Server.Parse([]string{"--tls-san=d,e", "-c", path}, environment(map[string]string{"K3S_TOKEN": "environment"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := values.Text("token", ""); got != "second" {
		t.Errorf("token = %q", got)
	}
	if got := values.List("tls-san"); !reflect.DeepEqual(got, []string{"a", "b", "c", "d", "e"}) {
		t.Errorf("tls-san = %q", got)
	}
	if got := values.List("node-label"); !reflect.DeepEqual(got, []string{"y=2"}) {
		t.Errorf("node-label = %q", got)
	}
}

func TestPrecedence(t *testing.T) {
	withToken := files(t, map[string]string{"config.yaml": "token: file\n"})
	without := files(t, map[string]string{"config.yaml": "cluster-init: true\n"})
	env := environment(map[string]string{"K3S_TOKEN": "environment"})
	for _, c := range []struct {
		path, want string
		args       []string
	}{{withToken, "line", []string{"-t", "line"}}, {withToken, "file", nil}, {without, "environment", nil}} {
		values, err := Server.Parse(append([]string{"--config", c.path}, c.args...), env)
		if err != nil {
			t.Fatal(err)
		}
		if got := values.Text("token", ""); got != c.want {
			t.Errorf("%v: token = %q, want %q", c.args, got, c.want)
		}
	}
}

func TestUnknownKeyIsFatalForAgentsOnly(t *testing.T) {
	path := files(t, map[string]string{"config.yaml": "no-such-flag: 1\ntoken: x\n"})
	if values, err := Server.Parse([]string{"-c", path}, environment(nil)); err != nil || values.Text("token", "") != "x" {
		t.Errorf("server: %v, %v", values, err)
	}
	_, err := Agent.Parse([]string{"-c", path}, environment(nil))
	if err == nil || !strings.Contains(err.Error(), "flag provided but not defined: -no-such-flag") {
		t.Errorf("agent: %v", err)
	}
}

func TestYAMLOneChangesUnquotedScalars(t *testing.T) {
	path := files(t, map[string]string{"config.yaml": "token: 0123\nnode-name: \"0123\"\ncluster-init: yes\n"})
	values, err := Server.Parse([]string{"-c", path}, environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	if values.Text("token", "") != "83" || values.Text("node-name", "") != "0123" || !values.Bool("cluster-init") {
		t.Errorf("%v", values)
	}
}

func TestParseLineReadsNoFileAndSeparatesArguments(t *testing.T) {
	env := environment(map[string]string{"K3S_CONFIG_FILE": files(t, map[string]string{"config.yaml": "token: file\n"}), "K3S_URL": "https://x"})
	values, rest, err := Token.ParseLine([]string{"--ttl", "1h", "abcdef", "--usages=signing,authentication", "--debug", "ghijkl"}, env)
	if err != nil {
		t.Fatal(err)
	}
	if values.Text("token", "") != "" || values.Text("server", "") != "https://x" || values.Text("ttl", "") != "1h" || len(values.List("usages")) != 2 {
		t.Errorf("%v", values)
	}
	if !reflect.DeepEqual(rest, []string{"abcdef", "ghijkl"}) {
		t.Errorf("%v", rest)
	}
}
