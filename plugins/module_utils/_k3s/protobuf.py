# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads single fields of a protobuf message by their numbers (protobuf.dev, "Encoding"); a host has no library for it."""

from __future__ import annotations

import typing as t

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class NotAMessage(ValueError):
    """The bytes are no protobuf message."""


def fields(data: bytes | memoryview) -> t.Iterator[tuple[int, int | bytes]]:
    """(number, value) of each field in the order of the message: int for a varint, bytes for everything else; raises NotAMessage."""
    view = memoryview(data)
    at = 0
    while at < len(view):
        tag, at = _varint(view, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(view, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(view, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise NotAMessage(f"field {number} has wire type {kind}")
        if at + size > len(view):
            raise NotAMessage(f"field {number} is longer than the message")
        yield number, bytes(view[at : at + size])
        at += size


def member(data: bytes | memoryview, *path: int) -> bytes:
    """The bytes at a path of field numbers; empty when the message has no such field. Raises NotAMessage."""
    found = bytes(data)
    for wanted in path:
        found = next((value for number, value in fields(found) if number == wanted and isinstance(value, bytes)), b"")
    return found


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(view) and shift < 64:
        byte = view[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise NotAMessage(f"a number at byte {at} does not end")
