# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in the tree: who can read which (.sops.yaml), and that none stands there in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeProblem
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import load_all
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import as_mapping
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_secrets import looks_secret

ENVIRONMENT = re.compile(r"kubernetes/environments/([^/]+)/")
ENCRYPTED = re.compile(r"ENC\[AES256_GCM,")
#: SopsSecrets keep their secrets below spec.secretTemplates (isindir/sops-secrets-operator); sops encrypts keys with this ending.
SUFFIX = "Templates"
SECRET = re.compile(r"(?m)^\s*kind:\s*[\"']?Secret\b")
SEEN = "encrypt it with sops, and change what it holds: it has been seen"
#: What opens a cluster, in a user of a kubeconfig.
KEYS = {"client-key-data", "password", "token"}
PRUNE = "argocd.argoproj.io/sync-options"
DATA_KINDS = {"Cluster", "MariaDB", "Namespace", "PersistentVolume", "PersistentVolumeClaim"}


def sops_rules(recipients: Mapping[str, list[str]]) -> dict[str, Any]:
    """Content of .sops.yaml: a rule for each environment, so that a secret is opened by people and its own cluster alone."""
    return {
        "creation_rules": [
            {"path_regex": rf"kubernetes/environments/{key}/.+/secrets/.+\.yaml$", "encrypted_suffix": SUFFIX, "age": ",".join(sorted(keys))}
            for key, keys in recipients.items()
        ]
    }


def exposed(path: str, text: str, recipients: Mapping[str, list[str]]) -> Iterator[TreeProblem]:
    """Plain secrets in any file, encrypted ones that the wrong people can read, and data that could be deleted without a question."""
    if looks_secret(text):
        yield TreeProblem(path, "a private key, a token or a password stands here in plain text", SEEN)
    if not path.endswith((".yaml", ".yml", ".json")):
        return
    deployed = path.startswith("kubernetes/")
    try:
        documents = load_all(text)
    except yaml.YAMLError:
        # Elsewhere there may be templates and the like; what looks like a Secret is not let through for that.
        if deployed or SECRET.search(text):
            yield TreeProblem(path, "is not valid YAML, so nobody can tell what it holds", "correct it")
        return
    for thing in _objects(documents):
        yield from _plain(path, thing)
        kind = str(thing.get("kind"))
        if kind == "SopsSecret":
            yield from _sops_secret(path, thing, recipients)
        if deployed and kind in DATA_KINDS and not _confirmed(thing, "/patches/" in path):
            message = f"{kind} {as_mapping(thing.get('metadata')).get('name')} holds data and would be deleted without a question"
            yield TreeProblem(path, message, f"annotate it with {PRUNE}: Prune=confirm,Delete=confirm")


def _plain(path: str, thing: Mapping[str, Any]) -> Iterator[TreeProblem]:
    """Kinds that hold secrets in plain text."""
    kind = thing.get("kind")
    if kind == "Secret" and (thing.get("data") or thing.get("stringData")):
        yield TreeProblem(path, "a Secret stands here in plain text", f"make it a SopsSecret, and {SEEN}")
    elif kind == "Kustomization" and thing.get("secretGenerator"):
        yield TreeProblem(path, "a generator of Secrets takes them from plain files", f"use a SopsSecret, and {SEEN}")
    elif kind == "Config" and any(KEYS & as_mapping(as_mapping(user).get("user")).keys() for user in _list(thing.get("users"))):
        yield TreeProblem(path, "a kubeconfig with its key stands here", "keep it outside of the repository, and rotate what it opens")


def _sops_secret(path: str, thing: Mapping[str, Any], recipients: Mapping[str, list[str]]) -> Iterator[TreeProblem]:
    # sops leaves empty texts as they are.
    if not all(leaf == "" or ENCRYPTED.match(str(leaf)) for leaf in _leaves(as_mapping(thing.get("spec")).get("secretTemplates"))):
        yield TreeProblem(path, "a SopsSecret has values that are not encrypted", "run sops encrypt --in-place on it, and change what it holds")
    found = ENVIRONMENT.match(path)
    wanted = set(recipients.get(found[1], ())) if found else set()
    given = {str(as_mapping(entry).get("recipient")) for entry in _list(as_mapping(thing.get("sops")).get("age"))}
    if not given:
        yield TreeProblem(path, "a SopsSecret is not encrypted for anybody", "run sops encrypt --in-place on it, and change what it holds")
        return
    for verb, who in (("cannot", wanted - given), ("can", given - wanted)):
        if who:
            yield TreeProblem(path, f"a SopsSecret {verb} be read by {', '.join(sorted(who))}, against .sops.yaml", "run sops updatekeys on it")


def _confirmed(thing: Mapping[str, Any], is_patch: bool) -> bool:
    """A patch need not repeat the annotation, but it must not take it away."""
    annotations = as_mapping(as_mapping(thing.get("metadata")).get("annotations"))
    if is_patch and PRUNE not in annotations:
        return thing.get("$patch") != "delete"
    return {"Prune=confirm", "Delete=confirm"} <= {option.strip() for option in str(annotations.get(PRUNE, "")).split(",")}


def _objects(things: Any) -> Iterator[Mapping[str, Any]]:
    """Every object, also inside of Lists."""
    for thing in things:
        if isinstance(thing, Mapping):
            yield thing
            if str(thing.get("kind", "")).endswith("List"):
                yield from _objects(_list(thing.get("items")))


def _list(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def _leaves(value: Any) -> Iterator[Any]:
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else None
    if children is None:
        if value is not None:
            yield value
        return
    for child in children:
        yield from _leaves(child)
