# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML that is the same to the byte whenever its content is the same, and readable in a diff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Without aliases: what is equal in two places is written twice.
Dumper: Any = type("Dumper", (getattr(yaml, "CSafeDumper", yaml.SafeDumper),), {"ignore_aliases": lambda *_data: True})


def _text(dumper: Any, value: str) -> Any:
    """Texts of several lines as blocks."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """One document."""
    return str(yaml.dump(value, Dumper=Dumper, sort_keys=True, allow_unicode=True, width=1000))


def dump_all(values: Iterable[Any]) -> str:
    """Several documents, in the order given."""
    return "---\n".join(dump(value) for value in values)


def load_all(text: str) -> list[Any]:
    """Every document of a text; empty ones are left out. Raises yaml.YAMLError."""
    try:
        return [document for document in yaml.load_all(text, Loader=Loader) if document is not None]
    except ValueError as error:  # such as a date that does not exist
        raise yaml.YAMLError(str(error)) from None
