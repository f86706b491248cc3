# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a bbolt database, etcd's file format: the pairs of a bucket in the order of their keys. Nothing is ever written.

Source: go.etcd.io/bbolt, ``internal/common/{page,meta,bucket,inode}.go``. The standard library of a host has nothing for it.
"""

from __future__ import annotations

import struct
import typing as t

Data = t.Union[bytes, memoryview]

_PAGE = struct.Struct("<QHHI")  # number, flags, count, overflow
_META = struct.Struct("<IIIIQQQQQQ")  # magic, version, page size, flags, root page, sequence, freelist, high water mark, transaction, checksum
_BRANCH = struct.Struct("<IIQ")  # position, key size, page
_LEAF = struct.Struct("<IIII")  # flags, position, key size, value size
_BUCKET = struct.Struct("<QQ")  # root page, sequence
_MAGIC, _VERSION = 0xED0CDAED, 2
_IS_BRANCH, _IS_LEAF = 0x01, 0x02
_IS_BUCKET = 0x01
_PAGE_SIZES = tuple(512 << shift for shift in range(8))


class NotADatabase(Exception):
    """The bytes are no intact bbolt database; the text says why."""


def pairs(data: Data, bucket: bytes) -> t.Iterator[tuple[bytes, memoryview]]:
    """Keys and values of a bucket at the top, in the order of the keys; raises NotADatabase."""
    view = memoryview(data)
    size, root = _newest(view)
    for is_bucket, key, value in _walk(view, size, root * size):
        if is_bucket and key == bucket:
            page = _BUCKET.unpack_from(value)[0]
            # A small bucket has no page of its own: its only leaf lies behind its header.
            found = _walk(view, size, page * size) if page else _walk(value[_BUCKET.size :], size, 0)
            return ((name, content) for nested, name, content in found if not nested)
    raise NotADatabase(f"it has no bucket {bucket.decode()!r}")


def _newest(view: memoryview) -> tuple[int, int]:
    """Page size and root page of the last transaction: the headers on the first two pages take turns."""
    found = []
    for start in (0, *_PAGE_SIZES):
        if len(view) < start + _PAGE.size + _META.size:
            break
        header = view[start + _PAGE.size : start + _PAGE.size + _META.size]
        magic, version, size, _flags, root, _sequence, _free, _mark, transaction, checksum = _META.unpack(header)
        if magic == _MAGIC and version == _VERSION and size in _PAGE_SIZES and start in (0, size) and checksum == _fnv64a(header[:-8]):
            found.append((transaction, size, root))
    if not found:
        raise NotADatabase("it has no valid header of a bbolt database")
    return max(found)[1:]


def _walk(view: memoryview, size: int, start: int, depth: int = 0) -> t.Iterator[tuple[bool, bytes, memoryview]]:
    """(is a bucket, key, value) below the page at a byte offset."""
    try:
        _number, flags, count, _overflow = _PAGE.unpack_from(view, start)
        first = start + _PAGE.size
        if flags & _IS_BRANCH and depth < 64:
            for index in range(count):
                page = _BRANCH.unpack_from(view, first + index * _BRANCH.size)[2]
                yield from _walk(view, size, page * size, depth + 1)
        elif flags & _IS_LEAF:
            for index in range(count):
                yield _entry(view, first + index * _LEAF.size)
        else:
            raise NotADatabase(f"the page at byte {start} is neither branch nor leaf")
    except struct.error:
        raise NotADatabase(f"the page at byte {start} leaves the file") from None


def _entry(view: memoryview, at: int) -> tuple[bool, bytes, memoryview]:
    flags, position, key_size, value_size = _LEAF.unpack_from(view, at)
    key = at + position
    value = key + key_size
    if value + value_size > len(view):
        raise NotADatabase(f"the entry at byte {at} leaves the file")
    return bool(flags & _IS_BUCKET), bytes(view[key:value]), view[value : value + value_size]


def _fnv64a(data: memoryview) -> int:
    """Checksum of a header: FNV-1a of 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value
