// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
)

// twin is the other end of the control socket.
type twin struct {
	*testing.T
	connection net.Conn
	lines      *bufio.Scanner
}

func (l *lab) twin() *twin {
	l.Helper()
	path := filepath.Join(l.TempDir(), "control.sock")
	socket, err := l.vcenter.ServeControl(path)
	l.must(err)
	l.Cleanup(func() { _ = socket.Close() })
	connection, err := net.Dial("unix", path)
	l.must(err)
	l.must(connection.SetDeadline(time.Now().Add(10 * time.Second)))
	l.Cleanup(func() { _ = connection.Close() })
	return &twin{l.T, connection, bufio.NewScanner(connection)}
}

func (t *twin) next() map[string]any {
	t.Helper()
	if !t.lines.Scan() {
		t.Fatal("the control socket is silent", t.lines.Err())
	}
	var line map[string]any
	if err := json.Unmarshal(t.lines.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	return line
}

func (t *twin) expect(event, state string) {
	t.Helper()
	line := t.next()
	if line["event"] != event || (state != "" && line["state"] != state) {
		t.Fatalf("got %v, want %s %s", line, event, state)
	}
}

func (t *twin) say(text string) map[string]any {
	t.Helper()
	if _, err := t.connection.Write([]byte(text + "\n")); err != nil {
		t.Fatal(err)
	}
	return t.next()
}

// ask is say for a request that events come before the answer of.
func (t *twin) ask(text string) map[string]any {
	t.Helper()
	answer := t.say(text)
	for answer["event"] != nil {
		answer = t.next()
	}
	return answer
}

func TestTheTwinHearsOfPowerAndReportsTheGuest(t *testing.T) {
	l := newLab(t, testSpec())
	ctx := context.Background()
	reference, _ := l.clone("node-1", l.location("h1"), nil)
	vm := object.NewVirtualMachine(l.client, reference)
	end := l.twin()
	end.expect("power", "off") // the state that it finds

	started, err := vm.PowerOn(ctx)
	l.wait(started, err)
	end.expect("power", "on")
	if answer := end.say(`{"set":"guest","vm":"` + reference.Value + `","ip":"192.0.2.1","hostname":"node-1","tools":"running"}`); answer["ok"] != true {
		t.Fatal(answer)
	}
	if guest := l.machine(reference).Guest; guest.IpAddress != "192.0.2.1" || guest.HostName != "node-1" || guest.Net[0].IpAddress[0] != "192.0.2.1" {
		t.Errorf("%+v", guest)
	}
	l.must(vm.RebootGuest(ctx))
	end.expect("power", "reset")
	started, err = vm.PowerOff(ctx)
	l.wait(started, err)
	end.expect("power", "off")
	if guest := l.machine(reference).Guest; guest.IpAddress != "" || guest.ToolsRunningStatus != "guestToolsNotRunning" {
		t.Errorf("a machine that is off still reports %q, %s", guest.IpAddress, guest.ToolsRunningStatus)
	}
	started, err = vm.Destroy(ctx)
	l.wait(started, err)
	end.expect("destroyed", "")
}

func TestAGuestCanPowerItselfOff(t *testing.T) {
	l := newLab(t, testSpec())
	reference, _ := l.clone("node-1", l.location("h1"), nil)
	started, err := object.NewVirtualMachine(l.client, reference).PowerOn(context.Background())
	l.wait(started, err)
	end := l.twin()
	end.expect("power", "on")
	answer := end.say(`{"set":"power","vm":"` + reference.Value + `","state":"off"}`)
	if answer["event"] != "power" || answer["state"] != "off" || end.next()["ok"] != true {
		t.Error(answer)
	}
	if state := l.machine(reference).Runtime.PowerState; state != "poweredOff" {
		t.Error(state)
	}
}

func TestRequestsThatMakeNoSenseAreAnswered(t *testing.T) {
	end := newLab(t, testSpec()).twin()
	for text, want := range map[string]string{
		`{"set":"guest","vm":"vm-999"}`:                     "no virtual machine",
		`{"set":"host","host":"h9"}`:                        "no host",
		`{"set":"mount","datastore":"S9","host":"h1"}`:      "no datastore",
		`{"set":"weather"}`:                                 "unknown request",
		`no JSON`:                                           "invalid character",
		`{"set":"power","vm":"vm-999","state":"on"}`:        "no virtual machine",
		`{"get":"calls","comment":"known, hence no error"}`: "",
	} {
		said, _ := end.say(text)["error"].(string)
		if !strings.Contains(said, want) || (want == "" && said != "") {
			t.Errorf("%s: %q", text, said)
		}
	}
}
