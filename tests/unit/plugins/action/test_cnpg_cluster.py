# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress is printed while the module runs, and only where its file can be read."""

from __future__ import annotations

import pathlib
import types
from typing import Any

import pytest
from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.platform.plugins.action import cnpg_cluster


class Screen:
    """What a person sees."""

    lines: list[str] = []

    def display(self, text: str) -> None:
        self.lines.append(text)


def action(monkeypatch: pytest.MonkeyPatch, transport: str, said: str) -> tuple[cnpg_cluster.ActionModule, list[dict[str, Any]]]:
    """The plugin over a module that says something and ends."""
    monkeypatch.setattr(Screen, "lines", [])
    monkeypatch.setattr(cnpg_cluster, "Display", Screen)
    monkeypatch.setattr(ActionBase, "run", lambda *_arguments: {})
    given: list[dict[str, Any]] = []

    def module(module_name: str, module_args: dict[str, Any], task_vars: object) -> dict[str, Any]:
        assert (module_name, task_vars) == (cnpg_cluster.MODULE, None)
        given.append(module_args)
        if "progress_path" in module_args:
            assert pathlib.Path(module_args["progress_path"]).stat().st_mode & 0o777 == 0o600
            pathlib.Path(module_args["progress_path"]).write_text(said, encoding="utf-8")
        return {"changed": True}

    plugin = cnpg_cluster.ActionModule.__new__(cnpg_cluster.ActionModule)
    monkeypatch.setattr(plugin, "_task", types.SimpleNamespace(args={"name": "shop"}), raising=False)
    monkeypatch.setattr(plugin, "_connection", types.SimpleNamespace(transport=transport), raising=False)
    monkeypatch.setattr(plugin, "_execute_module", module)
    return plugin, given


def test_lines_are_shown_and_the_file_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole lines only; the result is the module's."""
    plugin, given = action(monkeypatch, "local", "one\ntwo\nhalf")
    assert plugin.run() == {"changed": True}
    assert Screen.lines == ["  one", "  two"]
    assert not pathlib.Path(given[0]["progress_path"]).exists()


def test_on_another_machine_there_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module runs as it was called."""
    plugin, given = action(monkeypatch, "ssh", "")
    assert plugin.run() == {"changed": True}
    assert given == [{"name": "shop"}]
