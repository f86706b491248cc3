# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A YAML file with the place of every key and value. Parsed once; places are looked up only when there is a problem."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems, Path, Problem

# The C parser is about ten times faster; PyYAML built without it still works.
MOST_VALUES = 5_000_000
SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclasses.dataclass(frozen=True)
class Source:
    """A parsed file: ``data`` as plain Python values, ``root`` as the nodes that know their places."""

    file: str
    data: Any
    root: yaml.Node | None

    def place(self, path: Path, at_key: bool = False) -> tuple[int, int]:
        """Line and column (from 1) of the value at a path, or of its key; of the nearest parent if it is absent."""
        node = self.root
        mark = node.start_mark if node else None
        for index, step in enumerate(path):
            found = _child(node, step)
            if found is None:
                break
            key, node = found
            mark = key.start_mark if key is not None and at_key and index == len(path) - 1 else node.start_mark
        return (mark.line + 1, mark.column + 1) if mark else (1, 1)

    def problem(self, code: str, path: Path, message: str, remedy: str, at_key: bool = False, warning: bool = False) -> Problem:
        """A problem at a path of this file."""
        line, column = self.place(path, at_key)
        return Problem(self.file, line, column, code, message, remedy, warning)


def read_source(path: pathlib.Path) -> Source:
    """Read one YAML file.

    Raises MatrixProblems: GW001 not readable, GW002 not YAML, GW003 duplicate keys.
    """
    file = str(path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise MatrixProblems([Problem(file, 1, 1, "GW001", f"cannot read the file: {reason}", "check its path, mode and encoding")]) from None
    return parse_source(text, file)


def parse_source(text: str, file: str) -> Source:
    """As read_source, for text that has been read already."""
    try:
        loader = SafeLoader(text)
        try:
            root = loader.get_single_node()
            if "&" in text:
                _refuse_runaway_aliases(root)
            data = loader.construct_document(root) if root is not None else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise MatrixProblems([_syntax_problem(error, file)]) from None
    except ValueError as error:
        raise MatrixProblems([Problem(file, 1, 1, "GW002", f"a value cannot be read: {error}", "quote it")]) from None
    duplicates = [
        Problem(
            file,
            key.start_mark.line + 1,
            key.start_mark.column + 1,
            "GW003",
            f"duplicate key {key.value!r}, first given in line {first.start_mark.line + 1}",
            "keep one of the two",
        )
        for first, key in _duplicates(root)
    ]
    if duplicates:
        raise MatrixProblems(duplicates)
    return Source(file, data, root)


def _syntax_problem(error: yaml.YAMLError, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(file, line, column, "GW002", f"not valid YAML: {what}", "check indentation, quotes and colons at this place")


def _refuse_runaway_aliases(root: yaml.Node | None) -> None:
    """Aliases may repeat parts of the file, but neither contain themselves nor blow it up (raises YAMLError)."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node | None) -> int:
        if not isinstance(node, (yaml.MappingNode, yaml.SequenceNode)):
            return 1
        known = sizes.get(id(node))
        if known == 0:
            raise yaml.composer.ComposerError(None, None, "an anchor contains itself", node.start_mark)
        if known is None:
            sizes[id(node)] = 0
            children = [child for pair in node.value for child in pair] if isinstance(node, yaml.MappingNode) else node.value
            known = sizes[id(node)] = 1 + sum(size(child) for child in children)
        if known > MOST_VALUES:
            raise yaml.composer.ComposerError(None, None, f"aliases make this more than {MOST_VALUES} values", node.start_mark)
        return known

    size(root)


def _duplicates(root: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    stack, done = [root], set()
    while stack:
        node = stack.pop()
        if isinstance(node, yaml.MappingNode) and id(node) not in done:
            done.add(id(node))
            seen: dict[str, yaml.Node] = {}
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in seen:
                        yield seen[key.value], key
                    seen.setdefault(key.value, key)
                if not isinstance(value, yaml.ScalarNode):
                    stack.append(value)
        elif isinstance(node, yaml.SequenceNode) and id(node) not in done:
            done.add(id(node))
            stack.extend(child for child in node.value if not isinstance(child, yaml.ScalarNode))


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if str(key.value) == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        return None, node.value[step]
    return None
