# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated reference: JSON Schema for editors, the pages of matrix, problems, placement and catalogue. All of it from the code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.page import catalogue_page
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.reference_placement import placement_page
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules import RULES, SUBJECTS
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Owner

NOTE = "<!-- Generated from the code; write it anew with: make reference -->"


def pages() -> dict[str, str]:
    """File name and content of every generated page."""
    return {
        "matrix.schema.json": schema_text(),
        "matrix.md": matrix_page(),
        "problems.md": problems_page(),
        "placement.md": placement_page(NOTE),
        "catalogue.md": catalogue_page(Catalogue(), NOTE),
    }


def schema() -> dict[str, Any]:
    """JSON Schema of the matrix (draft 2020-12). null is allowed wherever only the owner knows the value."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Matrix.model_json_schema()}


def schema_text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def problems_page() -> str:
    """Every rule with its code, grouped by subject."""
    lines = [NOTE, "", "# Problems", "", "What can be wrong with an environment matrix. A problem is printed as", "", "```text"]
    lines += ["<file>:<line>:<column> <code> <what is wrong>; <what to do>", "```", ""]
    lines += ["Problems end the run; warnings do not. Codes never change their meaning.", ""]
    for digit, (subject, _modules) in SUBJECTS.items():
        lines += [f"## {subject}", "", "| code | problem | why it matters |", "|---|---|---|"]
        for code in sorted(RULES):
            if code[2] == digit:
                rule = RULES[code]
                kind = " (warning)" if rule.warning else ""
                lines.append(f"| {code} | {rule.title}{kind} | {_cell(rule.why)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def matrix_page() -> str:
    """Every key of the matrix with its type, default and meaning."""
    lines = [NOTE, "", "# The environment matrix", ""]
    lines += [
        "One YAML file per company. Keys in **bold** are required. `null` is allowed where the last column names a phase: only the",
        "owner can say that value, and `make validate` lists it until then. Keys that are not listed are refused, and so are the",
        "place that is reserved for later: `schedules`.",
        "",
        "For completion and checks in an editor, put this in the first line of your matrix:",
        "",
        "```yaml",
        "# yaml-language-server: $schema=<path to>/docs/reference/matrix.schema.json",
        "```",
        "",
    ]
    whole = schema()
    lines += ["## The file", "", *_table(whole, Matrix), ""]
    for name, part in _parts(Matrix):
        definition = whole["$defs"].get(part.__name__)
        if definition:
            lines += [f"## {name}", "", _cell(str(part.__doc__)), "", *_table(definition, part), ""]
    return "\n".join(lines).rstrip() + "\n"


def _parts(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, class) of every mapping below a part, in file order, each class once."""
    seen = set()
    for name, field in part.model_fields.items():
        inner, is_map = _inner(field.annotation)
        if inner is not None and inner not in seen:
            seen.add(inner)
            here = f"{path}.{name}" if path else name
            yield here + (".<key>" if is_map else ""), inner
            for sub_path, sub in _parts(inner, here + (".<key>" if is_map else "")):
                if sub not in seen:
                    seen.add(sub)
                    yield sub_path, sub


def _inner(annotation: Any) -> tuple[Any, bool]:
    """The part inside a field's type, and whether it is the value of a mapping."""
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, Part):
        return annotation, False
    for argument in get_args(annotation):
        part, in_map = _inner(argument)
        if part is not None:
            return part, in_map or get_origin(annotation) is dict
    return None, False


def _table(definition: dict[str, Any], part: Any) -> Iterator[str]:
    yield "| key | value | default | meaning | owner: phase |"
    yield "|---|---|---|---|---|"
    required = set(definition.get("required", ()))
    for name, property_ in definition["properties"].items():
        field = part.model_fields[name]
        key = f"**{name}**" if name in required else name
        default = "" if name in required else _default(property_)
        meaning = property_.get("description") or str(_inner(field.annotation)[0].__doc__ or "").strip()
        yield f"| {key} | {_type(property_)} | {default} | {_cell(meaning)} | {_owner(field)} |"


def _owner(field: Any) -> str:
    owners = [item for item in (*field.metadata, *_nested(field.annotation)) if isinstance(item, Owner)]
    return owners[0].phase if owners else ""


def _nested(annotation: Any) -> Iterator[Any]:
    """Marks anywhere inside a type."""
    for argument in get_args(annotation):
        yield argument
        yield from _nested(argument)


def _default(property_: dict[str, Any]) -> str:
    value = property_.get("default")
    return "" if value is None or value in ({}, []) or isinstance(value, dict) else f"`{json.dumps(value)}`"


def _type(property_: dict[str, Any]) -> str:
    """What may stand there, in words."""
    if "anyOf" in property_:
        kinds = [_type(option) for option in property_["anyOf"] if option.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    choices = property_.get("enum") or ([property_["const"]] if "const" in property_ else [])
    if choices:
        return ("one of " if len(choices) > 1 else "") + ", ".join(f"`{choice}`" for choice in choices)
    if property_.get("type") == "array":
        return f"list of {_type(property_['items'])}"
    if property_.get("type") == "object":
        inner = property_.get("additionalProperties") or next(iter(property_["patternProperties"].values()))
        return "any mapping" if inner is True else f"map of {_type(inner)}"
    return "mapping" if "$ref" in property_ else "IPv4 address" if property_.get("format") == "ipv4" else str(property_.get("type", "value"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|").replace("<", "&lt;")
