// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package args

import (
	"reflect"
	"testing"
)

func TestMerge(t *testing.T) {
	defaults := map[string]string{"profiling": "false", "feature-gates": "A=true", "san": "x"}
	got := Merge(defaults, []string{"profiling=true", "feature-gates+=B=true", "san-=w", "audit=1", "audit=2"})
	want := []string{"--audit=1", "--audit=2", "--feature-gates=A=true", "--feature-gates=B=true", "--profiling=true", "--san=w", "--san=x"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}
