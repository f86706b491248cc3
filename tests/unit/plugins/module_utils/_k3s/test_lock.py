# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of an operation: who gets it, who waits, and that two never hold it."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import time
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import lock
from hypothesis import given
from hypothesis import strategies as st

ANN = lock.Lock("ann@control-1", "site.yml", "boot:100:7", "2026-11-21T09:00:00+00:00")
BOB = lock.Lock("bob@control-2", "upgrade.yml", "boot:200:8", "2026-11-21T09:01:00+00:00")
ANN_AGAIN = dataclasses.replace(ANN, run="boot:101:9")


@pytest.mark.parametrize(
    ("found", "age", "wanted", "over", "decision"),
    [
        (None, 0, ANN, "", "take"),
        (ANN, 0, ANN, "", "keep"),
        (ANN, 600, ANN, "", "keep"),
        (ANN, 0, BOB, "", "refuse"),
        (ANN, 60, BOB, "", "refuse"),
        (ANN, 60.1, BOB, "", "take"),
        (ANN, 0, ANN_AGAIN, "", "refuse"),  # the same person in a second terminal
        (ANN, 0, ANN_AGAIN, ANN.run, "take"),  # the same person after a kill
        (ANN, 0, BOB, ANN.run, "refuse"),  # nobody speaks for another holder's run
    ],
)
def test_decisions(found: lock.Lock | None, age: float, wanted: lock.Lock, over: str, decision: str) -> None:
    assert lock.decide(found, age, wanted, over) == decision


@given(st.text(max_size=40) | st.sampled_from(['{"holder": 1}', "[]", "null", '"x"', "{}"]))
def test_garbage_is_no_lock(text: str) -> None:
    assert lock.read(text) is None


def test_file_is_private_and_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    assert lock.acquire(path, ANN, time.time())[0] == "take"
    assert path.stat().st_mode & 0o777 == 0o600
    assert lock.read(path.read_text()) == ANN
    decision, found, age = lock.acquire(path, BOB, time.time())
    assert (decision, found) == ("refuse", ANN)
    text = lock.refusal(ANN, age)
    assert "ann@control-1" in text
    assert "site.yml" in text


def test_heartbeat_is_the_files_time(tmp_path: Path) -> None:
    path, now = tmp_path / "lock.json", time.time()
    lock.acquire(path, ANN, now)
    os.utime(path, (now - 59, now - 59))
    assert lock.acquire(path, BOB, now)[0] == "refuse"
    os.utime(path, (now - 61, now - 61))
    assert lock.acquire(path, ANN, now)[0] == "keep"
    assert path.stat().st_mtime > now - 1, "the beat is of now; the kernel's clock for files is a few milliseconds behind"
    os.utime(path, (now - 61, now - 61))
    assert lock.acquire(path, BOB, now)[0] == "take"
    assert lock.read(path.read_text()) == BOB


def test_only_ones_own_lock_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    lock.acquire(path, ANN, time.time())
    assert not lock.release(path, BOB.run)
    assert lock.release(path, ANN.run, dry=True)
    assert path.exists()
    assert lock.release(path, ANN.run)
    assert not lock.release(path, ANN.run)
    assert list(tmp_path.iterdir()) == []


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert lock.acquire(tmp_path / "lock.json", ANN, time.time(), dry=True)[0] == "take"
    assert list(tmp_path.iterdir()) == []


def contend(path: Path, number: int, start: float) -> bool:
    while time.time() < start:
        pass
    return lock.acquire(path, dataclasses.replace(ANN, run=f"boot:{number}:1"), time.time())[0] == "take"


def test_of_many_at_once_one_gets_it(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(6) as pool:
        for round_number in range(20):
            path = tmp_path / f"{round_number}.json"
            path.write_text("")  # one that expired, or was cut short
            start = time.time() + 0.01
            assert sum(pool.starmap(contend, [(path, number, start) for number in range(6)])) == 1
