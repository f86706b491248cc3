# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people may see of an object: without what the API server counts, and without what could be a secret (pure)."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object

HIDDEN = "(hidden)"
SECRET = re.compile(r"passw|secret_?key|token|credential", re.IGNORECASE)
#: SQL that sets a password, and connection texts that hold one.
SPOKEN = re.compile(r"(?i)(password\s*=?\s*)('(?:[^']|'')*'|\S+)|(://[^:/@\s]+:)[^@\s]+@")
#: Annotations that hold a whole definition as one text, in which nothing is found and hidden.
WHOLE = ("kubectl.kubernetes.io/last-applied-configuration",)
VOLATILE = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")


def shown(value: t.Any, path: str = "") -> t.Any:
    """The value with everything hidden that could be a secret. References to Secrets are names, and stay."""
    if isinstance(value, dict):
        # a variable of the environment: its name stays, its value may be anything
        is_variable = "name" in value and "value" in value
        return {key: HIDDEN if _hidden(key, inner, is_variable) else shown(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [shown(item, path) for item in value]
    return SPOKEN.sub(_masked, value) if isinstance(value, str) else value


def shown_at(path: str, value: t.Any) -> t.Any:
    """One field of a spec by its path, such as env[X].value."""
    last = path.rpartition(".")[2].partition("[")[0]
    return HIDDEN if path.startswith("env[") and last == "value" else shown({last: value})[last]


def definition(thing: Object | None) -> Object:
    """What somebody wrote of an object, as far as people may see it."""
    if thing is None:
        return {}
    metadata = {key: value for key, value in (thing.get("metadata") or {}).items() if key not in VOLATILE}
    if metadata.get("annotations"):
        metadata["annotations"] = {key: HIDDEN if key in WHOLE else value for key, value in metadata["annotations"].items()}
    return t.cast(Object, shown({**{key: value for key, value in thing.items() if key != "status"}, "metadata": metadata}))


def _hidden(key: t.Any, value: t.Any, is_variable: bool) -> bool:
    return (is_variable and key == "value") or (isinstance(value, str) and bool(SECRET.search(str(key))) and not str(key).endswith(("Secret", "Name", "Token")))


def _masked(found: t.Match[str]) -> str:
    return f"{found[1]}{HIDDEN}" if found[1] else f"{found[3]}{HIDDEN}@"
