# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump comes back: fetched from a real S3 server, restored and asked by the script of the drill, with PostgreSQL's real programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3Error
from ansible_collections.groundwork.platform.plugins.module_utils._s3.fetch import fetch
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.dumps import ANYTHING, TRIAL, questions

from tests.support.objectstore import Store
from tests.support.postgresql_programs import LACKING, as_postgres

pytestmark = pytest.mark.skipif(LACKING, reason="PostgreSQL's programs are not on this machine")
FILL = """CREATE ROLE app; CREATE TABLE orders (id int); INSERT INTO orders SELECT generate_series(1, 1000); ALTER TABLE orders OWNER TO app;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON orders TO app USING (true)"""
Ask = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def dumped() -> Iterator[Path]:
    """A folder that the other user reaches, with a dump in it."""
    folder = Path("/tmp") / f"groundwork-dump-{os.getpid()}"
    folder.mkdir(mode=0o755)
    make = f"""set -e; cd "$WORK"; initdb -D source -U postgres --auth=trust --no-sync >/dev/null
pg_ctl -D source -w -l log -o "-c listen_addresses='' -c unix_socket_directories=$WORK -c fsync=off" start >/dev/null
trap 'pg_ctl -D source -m immediate stop >/dev/null' EXIT
psql -h "$WORK" -U postgres -q -c "{FILL}"; pg_dump -h "$WORK" -U postgres -Fc -f database.dump postgres
pg_dump -h "$WORK" -U postgres -Fc -f empty.dump template1"""
    done = as_postgres(make, folder)
    try:
        assert done.returncode == 0, done.stderr
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def ask(dumped: Path) -> Ask:
    def restored(*checks: dict[str, Any], roles: tuple[str, ...] = ("app",), dump: str = "database.dump") -> subprocess.CompletedProcess[str]:
        folder = dumped / "questions"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, text in questions(roles, [ANYTHING, *checks]).items():
            (folder / name).write_text(text)
        return as_postgres(TRIAL, dumped, QUESTIONS=str(folder), DUMP=str(dumped / dump))

    return restored


COUNT = "SELECT count(*) FROM orders"


def test_planted_rows_are_found(ask: Ask) -> None:
    done = ask({"sql": COUNT, "minimum": 1000}, {"sql": COUNT, "expect": "1000"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == "restored, and answered as expected\n"


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ({"sql": COUNT, "minimum": 1001}, "answered 1000, expected at least 1001"),
        ({"sql": COUNT, "expect": "999"}, "answered 1000, expected 999"),
        ({"sql": "SELECT count(*) FROM invoices", "minimum": 0}, 'relation "invoices" does not exist'),
        ({"sql": "SELECT 'x'", "minimum": 1}, ""),
    ],
)
def test_a_wrong_answer_ends_the_trial(ask: Ask, check: dict[str, Any], words: str) -> None:
    done = ask(check)
    assert done.returncode != 0
    assert words in done.stderr


def test_a_role_that_is_missing_or_a_dump_that_is_damaged_is_no_proof(ask: Ask, dumped: Path) -> None:
    assert 'role "app" does not exist' in ask(roles=()).stderr
    whole = (dumped / "database.dump").read_bytes()
    (dumped / "half.dump").write_bytes(whole[: len(whole) // 2])
    assert ask(dump="half.dump").returncode != 0
    assert "answered 0, expected at least 1" in ask(dump="empty.dump").stderr


def test_the_job_fetches_what_was_stored(store: Store, dumped: Path, tmp_path: Path, run: Callable[..., dict[str, Any]]) -> None:
    run("s3_bucket", name="dumps")
    content = (dumped / "database.dump").read_bytes()
    with (dumped / "database.dump").open("rb") as source:
        store.s3.put("dumps", "dev/1.dump", source, len(content))
    place = store.place
    said = {"S3_ENDPOINT": place.endpoint, "S3_REGION": place.region, "S3_ACCESS_KEY": place.access_key, "S3_SECRET_KEY": place.secret_key, "S3_CA": place.ca}
    assert fetch(tmp_path / "got", {**said, "S3_BUCKET": "dumps", "S3_KEY": "dev/1.dump"}) == len(content)
    assert (tmp_path / "got").read_bytes() == content
    with pytest.raises(S3Error):
        fetch(tmp_path / "got", {**said, "S3_BUCKET": "dumps", "S3_KEY": "dev/2.dump"})
