# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""promote.yml and promote_status.yml as people run them: real Ansible, Git, signatures and time; clusters are doubles behind a port."""

from __future__ import annotations

import contextlib
import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.git import Git
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.journal import Holder, Journal

from tests.integration.promotion.company import git, new_clone, new_key
from tests.integration.promotion.site import Site, running


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(Site(tmp_path)) as site:
        yield site


def test_from_the_plan_to_the_record(site: Site, tmp_path: Path) -> None:
    code, said = site.play("promote")
    assert code == 0, said
    assert "changed=0" in said
    assert "test has what dev has" in said

    site.improve()
    site.soaked()
    before = site.locked("test")
    code, said = site.play("promote", "--check", "--diff")
    assert code == 0, said
    assert "+  replicas: 2" in said
    assert "G0 pass: main is clean" in said
    assert "G9 pass: no database of an operator is known there; nothing was looked at" in said
    assert "every gate is open" in said
    assert site.locked("test") == before

    code, said = site.play("promote", "-e", "promote_ticket=OPS-7", "-e", "promote_components=metallb")
    assert code == 0, said
    assert "changed=1" in said
    assert "test-1: live" in said
    assert site.locked("test") == site.locked("dev") != before
    record = json.loads(git(tmp_path / "server.git", "show", "main:audit/promotions/test-1.json"))
    assert (record["outcome"], record["ticket"], record["asked_by"]) == ("live", "OPS-7", "anna")

    site.apis["prod"].away = True
    code, said = site.play("promote_status", "-e", f"promote_status_page={tmp_path}/status.html", "-e", f"promote_status_json={tmp_path}/status.json")
    assert code == 0, said
    rows = json.loads((tmp_path / "status.json").read_text())
    assert {(row["environment"], row["health"]) for row in rows} == {("dev", "Healthy"), ("test", "Healthy"), ("prod", "not seen")}
    assert "metallb" in (tmp_path / "status.html").read_text()
    assert "what keeps it here" in said

    _code, said = site.play("promote", "-e", "promote_take_back=test-1", "-e", "promote_reason='searches are slow'")
    assert "test-1: reverted; searches are slow; what was there before is live again" in said
    assert site.locked("test") == before
    record = json.loads(git(tmp_path / "server.git", "show", "main:audit/promotions/test-1.json"))
    assert (record["outcome"], record["reason"]) == ("reverted", "searches are slow; what was there before is live again")
    code, said = site.play("promote_status", "-e", f"promote_status_json={tmp_path}/status.json")
    assert code == 0, said
    row = next(row for row in json.loads((tmp_path / "status.json").read_text()) if (row["environment"], row["component"]) == ("dev", "metallb"))
    assert any(why.startswith("was taken back in test: searches are slow") for why in row["blockers"]), row


def test_refused_with_every_closed_gate(site: Site) -> None:
    site.improve()
    site.soaked()
    (site.clone / "notes.txt").write_text("mine\n")
    site.argos["dev"].health = lambda component, _release, _seconds: "Degraded" if component == "metallb" else "Healthy"
    site.looked()
    code, said = site.play("promote")
    assert code != 0
    assert "G0 fail: the clone has changes that are not committed" in said
    assert "G2 fail: metallb: is Degraded" in said
    assert "nothing was written" in said


def test_a_dead_run_is_taken_over_and_a_gate_is_waived_with_its_reason(site: Site, tmp_path: Path) -> None:
    site.times["soak"] = "1h"
    site.improve()
    other = Git(new_clone(tmp_path, "ben"))
    other.fetch()
    Journal(other, "test").take(Holder("ben@desk", "dead", "2026-11-21T12:00:00+00:00"), over=False)
    code, said = site.play("promote")
    assert code != 0
    assert "ben@desk since 2026-11-21" in said
    over = ("-e", "promote_take_over=true")
    code, said = site.play("promote", *over)
    assert (code, site.locked("test") == site.locked("dev")) == (0, False), said
    assert "G3 deferred" in said
    code, said = site.play("promote", *over, "-e", "{promote_waive: {G3: the board wants it today}}")
    assert code == 0, said
    assert site.locked("test") == site.locked("dev")
    record = json.loads(git(tmp_path / "server.git", "show", "main:audit/promotions/test-1.json"))
    assert [gate for gate in record["gates"] if gate.startswith("G3 waived") and "the board wants it today" in gate]


@contextlib.contextmanager
def forge() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """A server that answers two questions as GitHub's description says; its address, and what it was asked (method, path, authorization)."""
    asked: list[tuple[str, str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.command, self.path.partition("?")[0], str(self.headers.get("Authorization"))))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.dumps([] if self.command == "GET" else {"number": 7, "html_url": "https://forge.example.org/7"}).encode()
            self.send_response(200 if self.command == "GET" else 201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_pull_request_is_opened_and_the_token_is_said_nowhere(site: Site, tmp_path: Path) -> None:
    site.rules = {"approvals": 1, "signers": {"anna": site.key, "ben": new_key(tmp_path, "ben")}}
    with forge() as (address, asked):
        site.settings = {"git.forge": {"kind": "github", "api": address}}
        site.secrets = {"GROUNDWORK_SECRET_GIT_TOKEN": "planted-token"}
        site.improve()
        site.soaked()
        code, said = site.play("promote", "-vvv", "--diff")
    assert code == 0, said
    assert "have https://forge.example.org/7 approved by review" in said
    assert [(method, path) for method, path, _token in asked] == [("GET", "/api/repos/eneg/clusters/pulls"), ("POST", "/api/repos/eneg/clusters/pulls")]
    assert {token for _method, _path, token in asked} == {"token planted-token"}
    assert "planted-token" not in said
    assert "planted-token" not in git(tmp_path / "server.git", "log", "--all", "-p")


def test_without_a_place(site: Site) -> None:
    done = subprocess.run(site.command("promote"), capture_output=True, text=True, env=site.environment(), cwd="/", check=False)
    assert done.returncode != 0
    assert "-e promote_path=PATH" in " ".join(done.stdout.split())


def test_killed_for_real_and_run_again(site: Site, tmp_path: Path) -> None:
    """The pushes of a promotion: 1 the lock, 2 the commit, 3 the record, 4 the lock again."""
    for number, point in enumerate((2, 3), 1):
        site.improve(number + 1)
        site.soaked()
        site.killed_after_push(point)
        code, said = site.play("promote")
        assert code == 0, said
        assert site.locked("test") == site.locked("dev")
        record = json.loads(git(tmp_path / "server.git", "show", f"main:audit/promotions/test-{number}.json"))
        assert record["outcome"] == "live"
        assert "promoting" not in git(tmp_path / "server.git", "for-each-ref")
        git(site.clone, "pull", "-q", "--ff-only")
