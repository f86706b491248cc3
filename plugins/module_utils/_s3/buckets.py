# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bucket for backups has to be, what it is, and what has to be done about it. Decisions are pure; ``look`` and ``carry_out`` do the asking."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3, Request, S3Error, digest_header

DAY = 86400
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
#: Answers that mean: this bucket has no such setting.
ABSENT = ("NoSuchLifecycleConfiguration", "ObjectLockConfigurationNotFoundError", "NotImplemented", "MethodNotAllowed")


@dataclass(frozen=True)
class Wanted:
    """A bucket as the matrix wants it."""

    name: str
    versioning: bool = True
    lock_days: int = 0  # 0: no object lock
    lock_mode: str = "GOVERNANCE"
    foreign_retention: bool = True  # False: a program counts objects in it by itself, so that nothing else may expire them


@dataclass(frozen=True)
class Seen:
    """A bucket as the server has it."""

    exists: bool
    versioning: str = ""  # Enabled, Suspended or empty
    lock: bool = False
    lock_days: int = 0
    lock_mode: str = ""
    expires: bool = False  # a lifecycle rule removes current objects


def lock_days(seconds: int | None) -> int:
    """Object lock counts in whole days."""
    return -(-(seconds or 0) // DAY)


def lock_of(wanted: Wanted, seen: Seen) -> tuple[int, str]:
    """(days, mode): what is wanted, but never less than there is."""
    return max(wanted.lock_days, seen.lock_days), "COMPLIANCE" if "COMPLIANCE" in (wanted.lock_mode, seen.lock_mode) else wanted.lock_mode


def refusals(wanted: Wanted, seen: Seen) -> list[str]:
    """What cannot be put right by us."""
    found = []
    if seen.exists and wanted.lock_days and not seen.lock:
        found.append(
            f"bucket {wanted.name} was made without object lock, and most servers cannot add it: name another bucket in the matrix, or ask who runs the server"
        )
    is_strict = seen.lock_mode == "COMPLIANCE" or (wanted.lock_days > 0 and wanted.lock_mode == "COMPLIANCE")
    if is_strict and wanted.lock_days < seen.lock_days:
        found.append(
            f"bucket {wanted.name} is locked for {seen.lock_days} days in mode {seen.lock_mode}: a shorter time would take protection away; correct s3.locked"
        )
    if seen.expires and not wanted.foreign_retention:
        found.append(f"bucket {wanted.name} has a lifecycle rule that removes objects; Longhorn's backups do not survive that: remove the rule")
    return found


def steps(wanted: Wanted, seen: Seen) -> list[str]:
    """What has to be done, in this order: create, version, lock."""
    found = [] if seen.exists else ["create"]
    now = seen if seen.exists else Seen(exists=True, versioning="Enabled" if wanted.lock_days else "", lock=bool(wanted.lock_days))
    if wanted.versioning and now.versioning != "Enabled":
        found.append("version")
    if wanted.lock_days and (now.lock_days, now.lock_mode) != lock_of(wanted, now):
        found.append("lock")
    return found


def look(s3: S3, name: str) -> Seen:
    """Ask for everything that is decided on; raises S3Error."""
    try:
        s3.ask(Request("HEAD", name))
    except S3Error as problem:
        if problem.status == 404:
            return Seen(exists=False)
        raise
    seen = Seen(exists=True, versioning=_first(_setting(s3, name, "versioning"), "Status"))
    lock = _setting(s3, name, "object-lock")
    if "Enabled" in lock:
        days = int(_first(lock, "Days") or 0) or 365 * int(_first(lock, "Years") or 0)
        seen = replace(seen, lock=True, lock_days=days, lock_mode=_first(lock, "Mode"))
    return replace(seen, expires=_expires_current(_setting(s3, name, "lifecycle")))


def carry_out(s3: S3, wanted: Wanted, seen: Seen, wanted_steps: t.Iterable[str]) -> None:
    """Do the steps; raises S3Error."""
    for step in wanted_steps:
        if step == "create":
            headers = {"x-amz-bucket-object-lock-enabled": "true"} if wanted.lock_days else {}
            s3.ask(Request("PUT", wanted.name, headers=headers, body=_location(s3.place.region)))
        elif step == "version":
            _set(s3, wanted.name, "versioning", f'<VersioningConfiguration xmlns="{NAMESPACE}"><Status>Enabled</Status></VersioningConfiguration>')
        else:
            days, mode = lock_of(wanted, seen)
            rule = f"<DefaultRetention><Mode>{mode}</Mode><Days>{days}</Days></DefaultRetention>"
            body = f'<ObjectLockConfiguration xmlns="{NAMESPACE}"><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>{rule}</Rule></ObjectLockConfiguration>'
            _set(s3, wanted.name, "object-lock", body)


def _setting(s3: S3, name: str, what: str) -> str:
    try:
        return s3.ask(Request("GET", name, query={what: ""}))[0].decode()
    except S3Error as problem:
        if problem.code in ABSENT or problem.status in (404, 501):
            return ""
        raise


def _set(s3: S3, name: str, what: str, body: str) -> None:
    content = body.encode()
    s3.ask(Request("PUT", name, query={what: ""}, headers=digest_header(content), body=content))


def _location(region: str) -> bytes:
    """Outside of us-east-1 a new bucket has to be told where it is."""
    if region == "us-east-1":
        return b""
    return f'<CreateBucketConfiguration xmlns="{NAMESPACE}"><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>'.encode()


def _first(text: str, tag: str) -> str:
    found = re.search(rf"<{tag}>([^<]*)</{tag}>", text)
    return found[1] if found else ""


def _expires_current(text: str) -> bool:
    """Whether an enabled rule removes objects that nobody has deleted."""
    rules = re.findall(r"<Rule>(.*?)</Rule>", text, re.DOTALL)
    return any("<Status>Enabled</Status>" in rule and re.search(r"<Expiration>\s*<(Days|Date)>", rule) for rule in rules)
